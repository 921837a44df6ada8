import assert from 'node:assert/strict';
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import * as extensions from '../../../src/tls/x509/extensions.ts';
import { oid } from '../../../src/tls/der/oid.ts';
import { hex } from '../../../testing/splits.ts';

// 30 len, 06 03 oid, [01 01 ff if critical], 04 len, the value
const cases = [
  {
    name: '§4.2.1.9 a leaf: cA is left out, for FALSE is its default',
    got: extensions.leafConstraints(),
    want: '30 0c 06 03 55 1d 13 01 01 ff 04 02 30 00',
  },
  {
    name: '§4.2.1.9 an authority with pathLen 0',
    got: extensions.authorityConstraints(0),
    want: '30 12 06 03 55 1d 13 01 01 ff 04 08 30 06 01 01 ff 02 01 00',
  },
  {
    name: '§4.2.1.9 an authority without a limit',
    got: extensions.authorityConstraints(),
    want: '30 0f 06 03 55 1d 13 01 01 ff 04 05 30 03 01 01 ff',
  },
  {
    name: '§4.2.1.3 digitalSignature',
    got: extensions.keyUsage(extensions.KeyUsage.digitalSignature),
    want: '30 0e 06 03 55 1d 0f 01 01 ff 04 04 03 02 07 80',
  },
  {
    name: '§4.2.1.12 serverAuth, not critical',
    got: extensions.extendedKeyUsage(oid.serverAuth),
    want: '30 13 06 03 55 1d 25 04 0c 30 0a 06 08 2b 06 01 05 05 07 03 01',
  },
  {
    name: '§4.2.1.1 keyIdentifier is [0] IMPLICIT',
    got: extensions.authorityKeyIdentifier(hex('aa bb')),
    want: '30 0d 06 03 55 1d 23 04 06 30 04 80 02 aa bb',
  },
  {
    name: '§4.2.1.2 subjectKeyIdentifier',
    got: extensions.subjectKeyIdentifier(hex('aa bb')),
    want: '30 0b 06 03 55 1d 0e 04 04 04 02 aa bb',
  },
  {
    name: '§4.2.1.6 two names',
    got: extensions.subjectAltName(['a', '10.0.0.1']),
    want: '30 12 06 03 55 1d 11 04 0b 30 09 82 01 61 87 04 0a 00 00 01',
  },
  {
    name: '§4.2.1.6 critical, where the names are all there is',
    got: extensions.subjectAltName(['a'], { critical: true }),
    want: '30 0f 06 03 55 1d 11 01 01 ff 04 05 30 03 82 01 61',
  },
  {
    name: '§4.2.1.10 permittedSubtrees is [0] IMPLICIT, and critical',
    got: extensions.nameConstraints(['a']),
    want: '30 13 06 03 55 1d 1e 01 01 ff 04 09 30 07 a0 05 30 03 82 01 61',
  },
];
for (const { name, got, want } of cases) {
  test(name, () => assert.deepEqual(got, hex(want)));
}

test('§4.2.1.2 the key identifier is SHA-1 over the point, without the count of unused bits', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const jwk = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })).export({
    format: 'jwk',
  });
  const point = Buffer.concat([
    hex('04'),
    Buffer.from(jwk.x!, 'base64url'),
    Buffer.from(jwk.y!, 'base64url'),
  ]);
  assert.deepEqual(extensions.keyIdentifier(spki), createHash('sha1').update(point).digest());
});
