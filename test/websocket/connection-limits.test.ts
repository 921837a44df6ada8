import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionLimits, normalizeAddress } from '../../src/websocket/connection-limits.ts';

test('each address has its share, and all together theirs', () => {
  const limits = new ConnectionLimits();
  const most = { maxConnections: 4, maxConnectionsPerAddress: 2 };
  const enter = (address: string | undefined) => limits.enter(address, most);
  assert.equal(enter('a'), 'entered');
  assert.equal(enter('a'), 'entered');
  assert.equal(enter('a'), 'address full');
  assert.equal(enter('b'), 'entered');
  assert.equal(enter(undefined), 'entered');
  assert.equal(enter('c'), 'all full');
  assert.equal(enter('a'), 'all full');
  assert.equal(limits.size, 4);
  limits.leave('a');
  assert.equal(enter('a'), 'entered');
  limits.leave(undefined);
  limits.leave('b');
  limits.leave('a');
  limits.leave('a');
  assert.equal(limits.size, 0);
  assert.equal(enter('a'), 'entered');
});

test('without limits everybody enters; who has no address is of no address', () => {
  const limits = new ConnectionLimits();
  for (let i = 0; i < 1000; i++) assert.equal(limits.enter('a', {}), 'entered');
  const one = { maxConnectionsPerAddress: 1 };
  assert.equal(limits.enter(undefined, one), 'entered');
  assert.equal(limits.enter(undefined, one), 'entered');
  assert.equal(limits.enter('__proto__', one), 'entered');
  assert.equal(limits.enter('__proto__', one), 'address full');
});

const addresses = [
  { given: '192.0.2.1', want: '192.0.2.1' },
  { given: '::ffff:192.0.2.1', want: '192.0.2.1' },
  { given: '::FFFF:192.0.2.1', want: '192.0.2.1' },
  { given: '2001:DB8::1', want: '2001:db8::1' },
  { given: '::1', want: '::1' },
  { given: '::ffff:1', want: '::ffff:1' },
];
for (const { given, want } of addresses) {
  test(`the address ${given} is ${want}`, () => {
    assert.equal(normalizeAddress(given), want);
  });
}
