import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createCertificate, readDer, subjectOf } from '../../../src/tls/index.ts';
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
    const notBefore = new Date(Date.UTC(1990 + random.below(80)) + random.below(day) * 1);
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

test('what is no certificate has no subject', () => {
  assert.throws(() => subjectOf(Buffer.from('3000', 'hex')), TypeError);
  assert.throws(() => subjectOf(Buffer.from('30', 'hex')), { code: 'ERR_DER_CUT_SHORT' });
});
