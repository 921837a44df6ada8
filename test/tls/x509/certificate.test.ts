import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createCertificate, der, readDer, subjectOf } from '../../../src/tls/index.ts';
import { encodeName } from '../../../src/tls/x509/name.ts';
import { makeKey } from '../../../testing/certificates.ts';
import { seededRandom } from '../../../testing/seeded-random.ts';

const day = 86_400_000;

test('RFC 5280 §4.1 200 random certificates are read by Node as they were meant', (t) => {
  const random = seededRandom(t);
  const [key, other] = [makeKey(), makeKey()];
  for (let round = 0; round < 200; round++) {
    const serialNumber = random.bytes(16);
    serialNumber[0] = 0x40 | (serialNumber[0]! & 0x3f);
    // Across the years where the form of the time changes.
    const notBefore = new Date(Date.UTC(1990 + random.below(80)) + random.below(day));
    notBefore.setUTCMilliseconds(0);
    const notAfter = new Date(notBefore.getTime() + random.below(10_000) * day);
    const issuer = encodeName({ organizationName: `ö${round}`, commonName: 'issuer' });
    const subject = encodeName({ commonName: `subject ${round}` });
    const { subjectPublicKeyInfo } = other;
    const fields = { serialNumber, issuer, notBefore, notAfter, subject, subjectPublicKeyInfo };
    const der = createCertificate({ ...fields, extensions: [] }, key.privateKey);
    const read = new X509Certificate(der);
    assert.equal(read.serialNumber.toLowerCase(), serialNumber.toString('hex'));
    assert.equal(Date.parse(read.validFrom), notBefore.getTime());
    assert.equal(Date.parse(read.validTo), notAfter.getTime());
    assert.equal(read.subject, `CN=subject ${round}`);
    assert.equal(read.issuer, `O=ö${round}\nCN=issuer`);
    assert.equal(read.checkPrivateKey(other.privateKey), true);
    assert.deepEqual(subjectOf(der), subject);
    // The two places that name the algorithm agree.
    const [tbs, algorithm] = readDer(der).children;
    assert.deepEqual(tbs?.children[2]?.bytes, algorithm?.bytes);
  }
});

test('§4.1.1.3 the signature is the issuer’s', () => {
  const [issuer, subject] = [makeKey(), makeKey()];
  const name = encodeName({ commonName: 'x' });
  const fields = {
    serialNumber: Buffer.alloc(16, 0x41),
    issuer: name,
    notBefore: new Date(0),
    notAfter: new Date(day),
    subject: name,
    subjectPublicKeyInfo: subject.subjectPublicKeyInfo,
    extensions: [],
  };
  const read = new X509Certificate(createCertificate(fields, issuer.privateKey));
  const publicKeyOf = (key: typeof issuer) =>
    new X509Certificate(
      createCertificate(
        { ...fields, subjectPublicKeyInfo: key.subjectPublicKeyInfo },
        key.privateKey,
      ),
    ).publicKey;
  assert.equal(read.verify(publicKeyOf(issuer)), true);
  assert.equal(read.verify(publicKeyOf(subject)), false);
});

const plain = () => ({
  serialNumber: Buffer.alloc(16, 0x41),
  issuer: der.sequence(),
  notBefore: new Date(0),
  notAfter: new Date(day),
  subject: der.sequence(),
  subjectPublicKeyInfo: makeKey().subjectPublicKeyInfo,
  extensions: [],
});

const serials = [
  { name: 'of no byte', serialNumber: Buffer.alloc(0) },
  { name: 'zero', serialNumber: Buffer.alloc(16) },
  { name: 'of 21 bytes', serialNumber: Buffer.alloc(21, 0x41) },
  { name: 'that needs a 21st byte for its sign', serialNumber: Buffer.alloc(20, 0x80) },
];
for (const { name, serialNumber } of serials) {
  test(`§4.1.2.2 refuses a serial number ${name}`, () => {
    assert.throws(() => createCertificate({ ...plain(), serialNumber }, makeKey().privateKey), {
      name: 'RangeError',
      message: /^serialNumber must be positive and of at most 20 bytes, got /,
    });
  });
}

test('§4.1.2.2 a serial number loses its leading zeros, and gains one for its sign', () => {
  const serialOf = (bytes: number[]) => {
    const fields = { ...plain(), serialNumber: Buffer.from(bytes) };
    const tbs = readDer(createCertificate(fields, makeKey().privateKey)).children[0];
    return tbs?.children[1]?.bytes.toString('hex');
  };
  assert.equal(serialOf([0, 0, 5]), '020105');
  assert.equal(serialOf([0x80]), '02020080');
});

test('RFC 5758 §3.2 an issuer whose key is not EC is refused, for the signature says it is', () => {
  const keys = [
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    generateKeyPairSync('ed25519').privateKey,
  ];
  for (const key of keys) {
    assert.throws(() => createCertificate(plain(), key), {
      name: 'TypeError',
      message: `issuerKey must be an EC private key, got ${key.asymmetricKeyType} private`,
    });
  }
});

test('§4.1 a certificate of version 1 has its fields elsewhere, so its subject is not guessed', () => {
  const algorithm = der.sequence(der.objectIdentifier('1.2.840.10045.4.3.2'));
  const name = der.sequence();
  const validity = der.sequence(der.time(new Date(0)), der.time(new Date(day)));
  const { subjectPublicKeyInfo } = makeKey();
  const tbs = [der.integer(1n), algorithm, name, validity, name, subjectPublicKeyInfo];
  const version1 = der.sequence(der.sequence(...tbs), algorithm, der.bitString(Buffer.alloc(8)));
  assert.throws(() => subjectOf(version1), /must be a whole one of version 3/);
});

test('what is no certificate has no subject', () => {
  assert.throws(() => subjectOf(Buffer.from('3000', 'hex')), TypeError);
  assert.throws(() => subjectOf(Buffer.from('30', 'hex')), { code: 'ERR_DER_CUT_SHORT' });
});
