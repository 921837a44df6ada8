import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serializeAccessLine } from '../../src/http/access-log.ts';
import type { AccessRecord } from '../../src/http/access-log.ts';
import { seededRandom } from '../../testing/seeded-random.ts';

const record: AccessRecord = {
  time: new Date(Date.UTC(2026, 10, 23, 9, 30)),
  remoteAddress: '127.0.0.1',
  method: 'GET',
  target: '/chat',
  status: 200,
  bytes: 5120,
  milliseconds: 3.4,
  aborted: false,
};

const cases: readonly { name: string; change: Partial<AccessRecord>; want: string }[] = [
  { name: 'a request', change: {}, want: '127.0.0.1 GET /chat 200 5120 3ms' },
  {
    name: 'an aborted one',
    change: { aborted: true, status: undefined },
    want: '127.0.0.1 GET /chat - 5120 3ms aborted',
  },
  {
    name: 'none at all',
    change: { method: undefined, target: undefined, status: 431, milliseconds: undefined },
    want: '127.0.0.1 - - 431 5120 -',
  },
  {
    name: 'without the query',
    change: { target: '/login?password=secret' },
    want: '127.0.0.1 GET /login 200 5120 3ms',
  },
  {
    name: 'without the fragment',
    change: { target: '/a#b' },
    want: '127.0.0.1 GET /a 200 5120 3ms',
  },
  {
    name: 'controls, spaces, backslashes',
    change: { target: '/a\r\nb\x1b[31m c\\n\x7f' },
    want: '127.0.0.1 GET /a\\x0d\\x0ab\\x1b[31m\\x20c\\x5cn\\x7f 200 5120 3ms',
  },
  {
    name: 'beyond ASCII',
    change: { target: '/é\u2028\u202e' },
    want: '127.0.0.1 GET /\\xe9\\u2028\\u202e 200 5120 3ms',
  },
  {
    name: 'an unknown peer, an empty target',
    change: { remoteAddress: undefined, target: '' },
    want: '- GET - 200 5120 3ms',
  },
];
for (const { name, change, want } of cases) {
  test(`writes ${name}`, () => {
    assert.equal(serializeAccessLine({ ...record, ...change }), `2026-11-23T09:30:00.000Z ${want}`);
  });
}

test('a path of 100,000 characters is cut', () => {
  assert.ok(serializeAccessLine({ ...record, target: `/${'a'.repeat(100_000)}` }).length < 1200);
});

test('whatever a peer sends, a line is one line of seven words', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 2000; round++) {
    const text = () => random.bytes(random.below(30)).toString('latin1');
    const line = serializeAccessLine({
      ...record,
      remoteAddress: text(),
      method: text(),
      target: text(),
    });
    assert.match(line, /^[\x21-\x7e]+( [\x21-\x7e]+){6}$/);
  }
});
