/**
 * Keys and certificates made for tests, in memory.
 *
 * Spec      -
 * Next      test/tls/
 * Left out  files: testing/credentials.ts
 */
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import {
  createRootCertificate,
  createServerCertificate,
  subjectOf,
  toPem,
} from '../src/tls/index.ts';

/** A key and its public half as DER. */
export interface TestKey {
  privateKey: KeyObject;
  subjectPublicKeyInfo: Buffer;
}

export function makeKey(): TestKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subjectPublicKeyInfo = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return { privateKey, subjectPublicKeyInfo };
}

/** A root with its key; `issue` makes a server's certificate below it. All certificates are PEM. */
export function makeRoot(now: Date = new Date()) {
  const key = makeKey();
  const root = createRootCertificate({ ...key, serialNumber: randomBytes(16), now });
  const issue = (names: readonly string[], serverKey: TestKey, days?: number) =>
    toPem(
      'CERTIFICATE',
      createServerCertificate(
        {
          names,
          subjectPublicKeyInfo: serverKey.subjectPublicKeyInfo,
          serialNumber: randomBytes(16),
          now,
          ...(days !== undefined && { days }),
        },
        { ...key, subject: subjectOf(root) },
      ),
    );
  return { key, der: root, pem: toPem('CERTIFICATE', root), issue };
}
