import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import {
  checkServerName,
  encodeGeneralName,
  encodeSubtreeBase,
  isInSubtree,
} from '../../../src/tls/x509/general-name.ts';
import { hex } from '../../../testing/splits.ts';

const names = [
  { name: 'localhost', bytes: '82 09 6c 6f 63 61 6c 68 6f 73 74' },
  { name: '127.0.0.1', bytes: '87 04 7f 00 00 01' },
  { name: '::1', bytes: `87 10 ${'00'.repeat(15)} 01` },
  { name: '2001:db8::a:0:0:1', bytes: '87 10 20 01 0d b8 00 00 00 00 00 0a 00 00 00 00 00 01' },
  { name: '::ffff:127.0.0.1', bytes: `87 10 ${'00'.repeat(10)} ff ff 7f 00 00 01` },
  { name: '1:2:3:4:5:6:7:8', bytes: '87 10 00 01 00 02 00 03 00 04 00 05 00 06 00 07 00 08' },
];
for (const { name, bytes } of names) {
  test(`RFC 5280 §4.2.1.6 ${name}`, () => assert.deepEqual(encodeGeneralName(name), hex(bytes)));
}

const subtrees = [
  { subtree: 'home.arpa', bytes: '82 09 68 6f 6d 65 2e 61 72 70 61' },
  { subtree: '172.16.0.0/12', bytes: '87 08 ac 10 00 00 ff f0 00 00' },
  { subtree: 'fe80::/10', bytes: `87 20 fe 80 ${'00'.repeat(14)} ff c0 ${'00'.repeat(14)}` },
];
for (const { subtree, bytes } of subtrees) {
  test(`RFC 5280 §4.2.1.10 ${subtree}`, () =>
    assert.deepEqual(encodeSubtreeBase(subtree), hex(bytes)));
}

const accepted = [
  'localhost',
  'a.app.localhost',
  '*.app.localhost',
  'xn--bcher-kva.test',
  '::1',
  '10.1.2.3',
];
for (const name of accepted) {
  test(`${name} is a server name`, () => assert.equal(checkServerName(name), name));
}

const refused = [
  { name: '*.localhost', rule: /a wildcard needs two labels behind it/ },
  { name: '*', rule: /a wildcard needs two labels/ },
  { name: 'a.*.test.localhost', rule: /labels of letters, digits and hyphens/ },
  { name: 'bücher.test', rule: /punycode/ },
  { name: '', rule: /labels of letters/ },
  { name: 'localhost.', rule: /labels of letters/ },
  { name: 'under_score.test', rule: /labels of letters/ },
  { name: '-a.test', rule: /labels of letters/ },
  { name: `${'a'.repeat(64)}.test`, rule: /labels of letters/ },
  { name: `${'a.'.repeat(130)}test`, rule: /at most 253 characters/ },
  { name: 'localhost:8443', rule: /labels of letters/ },
  { name: 'fe80::1%eth0', rule: /without a zone/ },
];
for (const { name, rule } of refused) {
  test(`${JSON.stringify(name)} is refused with its rule`, () => {
    assert.throws(() => checkServerName(name), { name: 'TypeError', message: rule });
    assert.throws(
      () => checkServerName(name),
      (error: Error) => error.message.includes(JSON.stringify(name)),
    );
  });
}

test('upper case is brought down', () => assert.equal(checkServerName('LocalHost'), 'localhost'));

test('§4.2.1.10 a domain holds itself and what is below it', () => {
  assert.equal(isInSubtree('localhost', 'localhost'), true);
  assert.equal(isInSubtree('a.b.localhost', 'localhost'), true);
  assert.equal(isInSubtree('evillocalhost', 'localhost'), false);
  assert.equal(isInSubtree('127.0.0.1', 'localhost'), false);
  assert.equal(isInSubtree('localhost', '127.0.0.0/8'), false);
});

test('§4.2.1.10 prefixes agree with Node’s BlockList', () => {
  const addresses = [
    '127.0.0.1',
    '128.0.0.0',
    '172.15.255.255',
    '172.16.0.0',
    '172.31.255.255',
    '172.32.0.0',
  ];
  const prefixes = [
    ['127.0.0.0', 8],
    ['172.16.0.0', 12],
  ] as const;
  for (const [network, prefix] of prefixes) {
    const list = new BlockList();
    list.addSubnet(network, prefix);
    for (const address of addresses) {
      assert.equal(isInSubtree(address, `${network}/${prefix}`), list.check(address), address);
    }
    assert.equal(isInSubtree('::1', `${network}/${prefix}`), false);
  }
  assert.equal(isInSubtree('febf::1', 'fe80::/10'), true);
  assert.equal(isInSubtree('fec0::1', 'fe80::/10'), false);
});
