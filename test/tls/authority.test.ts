import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { developmentNames as names } from '../../src/lab/index.ts';
import { createServerCertificate } from '../../src/tls/index.ts';
import { makeKey, makeRoot } from '../../testing/certificates.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { testWith } from '../../testing/tools.ts';

/** Writes a root and a server's certificate, and answers with a way to ask openssl about them. */
function issueOnDisk(t: TestContext, wanted: readonly string[]) {
  const folder = temporaryFolder(t);
  const root = makeRoot();
  writeFileSync(join(folder, 'ca.pem'), root.pem);
  writeFileSync(join(folder, 'server.pem'), root.issue(wanted, makeKey()));
  return (...args: string[]) => spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
}

testWith(['openssl'], 'openssl accepts the chain, strictly, for every name and address', (t) => {
  const openssl = issueOnDisk(t, names);
  const checks = [
    ['-verify_hostname', 'localhost'],
    ['-verify_hostname', 'any.app.localhost'],
    ['-verify_hostname', 'the-shop.localhost'],
    ['-verify_hostname', 'other-site.localhost'],
    ['-verify_ip', '127.0.0.1'],
    ['-verify_ip', '::1'],
  ];
  for (const check of checks) {
    const strict = ['verify', '-x509_strict', '-purpose', 'sslserver', ...check];
    const { status, stdout, stderr } = openssl(...strict, '-CAfile', 'ca.pem', 'server.pem');
    assert.equal(status, 0, stderr);
    assert.equal(stdout, 'server.pem: OK\n');
  }
  for (const check of [
    ['-verify_hostname', 'app.localhost'],
    ['-verify_hostname', 'example.com'],
    ['-verify_ip', '127.0.0.2'],
    ['-purpose', 'sslclient'],
  ]) {
    assert.notEqual(openssl('verify', ...check, '-CAfile', 'ca.pem', 'server.pem').status, 0);
  }
});

testWith(['openssl'], 'openssl reads every field of the profile', (t) => {
  const openssl = issueOnDisk(t, names);
  const text = (file: string) => openssl('x509', '-in', file, '-noout', '-text').stdout;
  const [root, server] = [text('ca.pem'), text('server.pem')];
  const rootFields = [
    /Version: 3 /,
    /Signature Algorithm: ecdsa-with-SHA256/,
    /Issuer: O = barewire, CN = barewire development root [0-9a-f]{8}\n/,
    /ASN1 OID: prime256v1/,
    /Basic Constraints: critical\n\s+CA:TRUE, pathlen:0\n/,
    /Key Usage: critical\n\s+Certificate Sign, CRL Sign\n/,
  ];
  for (const field of rootFields) assert.match(root, field);
  const permitted = /Name Constraints: critical\n\s+Permitted:\n((?:\s+(?:DNS|IP):.*\n)+)/.exec(root);
  assert.deepEqual(permitted?.[1]?.trim().split(/\s+/), [
    ...['DNS:localhost', 'DNS:test', 'DNS:localdomain', 'DNS:internal', 'DNS:home.arpa'],
    'IP:127.0.0.0/255.0.0.0',
    'IP:10.0.0.0/255.0.0.0',
    'IP:172.16.0.0/255.240.0.0',
    'IP:192.168.0.0/255.255.0.0',
    'IP:0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF',
    'IP:FC00:0:0:0:0:0:0:0/FE00:0:0:0:0:0:0:0',
    'IP:FE80:0:0:0:0:0:0:0/FFC0:0:0:0:0:0:0:0',
  ]);
  assert.doesNotMatch(root, /Extended Key Usage/);
  const keyId = /Subject Key Identifier: \n\s+([0-9A-F:]+)/.exec(root)?.[1] ?? '';
  const serverFields = [
    /Subject: CN = localhost\n/,
    /Basic Constraints: critical\n\s+CA:FALSE\n/,
    /Key Usage: critical\n\s+Digital Signature\n/,
    /Extended Key Usage: \n\s+TLS Web Server Authentication\n/,
    /Subject Alternative Name: \n\s+DNS:localhost, DNS:\*\.app\.localhost, /,
    /IP Address:127\.0\.0\.1, IP Address:0:0:0:0:0:0:0:1\n/,
    new RegExp(`Authority Key Identifier: \\n\\s+${keyId}\\n`),
  ];
  for (const field of serverFields) assert.match(server, field);
});

testWith(['openssl'], 'openssl refuses a name that the root may not vouch for', (t) => {
  const folder = temporaryFolder(t);
  const openssl = (...args: string[]) =>
    spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  const root = makeRoot();
  writeFileSync(join(folder, 'ca.pem'), root.pem);
  // Our own code refuses to issue it, so openssl does, with our root's key.
  const key = root.key.privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(join(folder, 'ca-key.pem'), key, { mode: 0o600 });
  writeFileSync(join(folder, 'ext'), 'subjectAltName=DNS:example.com\n');
  const request = ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(...request, '-keyout', 'k', '-subj', '/CN=x', '-out', 'csr');
  const issue = ['x509', '-req', '-in', 'csr', '-CA', 'ca.pem', '-CAkey', 'ca-key.pem'];
  const issued = openssl(...issue, '-extfile', 'ext', '-out', 'foreign.pem');
  assert.equal(issued.status, 0, issued.stderr);
  const { status, stderr } = openssl('verify', '-CAfile', 'ca.pem', 'foreign.pem');
  assert.notEqual(status, 0);
  assert.match(stderr, /permitted subtree violation/);
});

test('Node reads the two alike', () => {
  const root = makeRoot();
  const key = makeKey();
  const [ca, server] = [new X509Certificate(root.pem), new X509Certificate(root.issue(names, key))];
  assert.equal(server.checkIssued(ca), true);
  assert.equal(server.verify(ca.publicKey), true);
  assert.equal(server.checkHost('localhost'), 'localhost');
  assert.equal(server.checkHost('x.app.localhost'), '*.app.localhost');
  assert.equal(server.checkHost('x.y.app.localhost'), undefined);
  assert.equal(server.checkIP('::1'), '::1');
  assert.deepEqual([ca.ca, server.ca], [true, false]);
  assert.match(server.serialNumber, /^[4-7][0-9A-F]{31}$/);
});

test('the lifetimes: 10 years and 90 days, from an hour ago', () => {
  const now = new Date('2026-11-23T12:00:00Z');
  const root = makeRoot(now);
  const [ca, server] = [root.pem, root.issue(['localhost'], makeKey())].map(
    (pem) => new X509Certificate(pem),
  );
  for (const [certificate, days] of [
    [ca, 3650],
    [server, 90],
  ] as const) {
    assert.equal(certificate?.validFrom, 'Nov 23 11:00:00 2026 GMT');
    const length = Date.parse(certificate.validTo) - Date.parse(certificate.validFrom);
    assert.equal(length / 86_400_000, days);
  }
});

test('two roots share neither name nor serial number', () => {
  const [one, two] = [new X509Certificate(makeRoot().pem), new X509Certificate(makeRoot().pem)];
  assert.notEqual(one.subject, two.subject);
  assert.notEqual(one.serialNumber, two.serialNumber);
});

test('a name too long for the CN is left to the SAN', () => {
  const long = `${'a'.repeat(60)}.test`;
  const server = new X509Certificate(makeRoot().issue([long, 'b.test'], makeKey()));
  assert.equal(server.subject, 'CN=b.test');
  assert.equal(server.checkHost(long), long);
});

testWith(['openssl'], '§4.2.1.6 without a CN the subject is empty, and the SAN critical', (t) => {
  const long = `${'a'.repeat(60)}.test`;
  const openssl = issueOnDisk(t, [long]);
  const text = openssl('x509', '-in', 'server.pem', '-noout', '-text').stdout;
  assert.match(text, /Subject: \n/);
  assert.match(text, /Subject Alternative Name: critical\n\s+DNS:a/);
  const strict = ['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', long];
  const { stdout, stderr } = openssl(...strict, '-CAfile', 'ca.pem', 'server.pem');
  assert.equal(stdout, 'server.pem: OK\n', stderr);
});

const refused = [
  { names: [], error: TypeError, message: /names must hold one name/ },
  {
    names: ['example.com'],
    error: TypeError,
    message: /"example\.com": the root vouches only for /,
  },
  { names: ['8.8.8.8'], error: TypeError, message: /"8\.8\.8\.8": the root vouches only for / },
  { names: ['localhost', '*.localhost'], error: TypeError, message: /"\*\.localhost": a wildcard/ },
  { names: ['localhost'], days: 398, error: RangeError, message: /1 to 397, got 398/ },
  { names: ['localhost'], days: 0, error: RangeError, message: /got 0/ },
];
for (const { names: wanted, days, error, message } of refused) {
  test(`refuses ${wanted.join(' ') || 'no name'}${days === undefined ? '' : ` for ${days} days`}`, () => {
    assert.throws(() => makeRoot().issue(wanted, makeKey(), days), { name: error.name, message });
  });
}

test('a serial number has 16 bytes', () => {
  const { key } = makeRoot();
  const server = {
    names: ['localhost'],
    serialNumber: Buffer.alloc(8),
    now: new Date(),
    ...makeKey(),
  };
  assert.throws(
    () => createServerCertificate(server, { ...key, subject: Buffer.alloc(0) }),
    RangeError,
  );
});
