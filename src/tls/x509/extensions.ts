/**
 * The extensions of a certificate, one function each.
 *
 * Spec      RFC 5280 §4.2
 * Next      ../authority.ts - which certificate has which
 * Left out  everything about revocation
 *
 *   Extension ::= SEQUENCE {
 *     extnID     OBJECT IDENTIFIER,
 *     critical   BOOLEAN DEFAULT FALSE,     left out when false, as DER wants it
 *     extnValue  OCTET STRING }             the DER of the extension's own type
 */
import { createHash } from 'node:crypto';
import { oid } from '../der/oid.ts';
import {
  boolean,
  explicit,
  implicit,
  integer,
  namedBits,
  objectIdentifier,
  octetString,
  sequence,
} from '../der/writer.ts';
import { readDer } from '../der/reader.ts';
import { encodeGeneralName, encodeSubtreeBase } from './general-name.ts';

/** What a key may be used for (RFC 5280 §4.2.1.3); the number is the bit's. */
export const KeyUsage = { digitalSignature: 0, keyCertSign: 5, cRLSign: 6 } as const;

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? [boolean(true)] : [];
  return sequence(objectIdentifier(id), ...flag, octetString(value));
}

/** For an authority: critical cA TRUE and, if given, how many authorities may follow below it. */
export function authorityConstraints(pathLength?: number): Buffer {
  const length = pathLength === undefined ? [] : [integer(BigInt(pathLength))];
  return extension(oid.basicConstraints, true, sequence(boolean(true), ...length));
}

/** For everybody else: critical, and empty, for cA is FALSE by default. */
export function leafConstraints(): Buffer {
  return extension(oid.basicConstraints, true, sequence());
}

/** Critical keyUsage with these bits. */
export function keyUsage(...uses: readonly number[]): Buffer {
  return extension(oid.keyUsage, true, namedBits(...uses));
}

/** extKeyUsage: what a leaf is for. */
export function extendedKeyUsage(...purposes: readonly string[]): Buffer {
  return extension(oid.extKeyUsage, false, sequence(...purposes.map(objectIdentifier)));
}

/** subjectAltName: host names, wildcards and addresses, checked before. */
export function subjectAltName(names: readonly string[], { critical = false } = {}): Buffer {
  return extension(oid.subjectAltName, critical, sequence(...names.map(encodeGeneralName)));
}

/** The identifier of a key: SHA-1 over the bits of its public key (RFC 5280 §4.2.1.2 (1)). */
export function keyIdentifier(subjectPublicKeyInfo: Uint8Array): Buffer {
  const bits = readDer(subjectPublicKeyInfo).children[1]?.content;
  if (bits === undefined) throw new TypeError('subjectPublicKeyInfo must hold a key');
  // The first byte of a BIT STRING tells its unused bits and is no part of the key.
  return createHash('sha1').update(bits.subarray(1)).digest();
}

/** subjectKeyIdentifier. */
export function subjectKeyIdentifier(identifier: Uint8Array): Buffer {
  return extension(oid.subjectKeyIdentifier, false, octetString(identifier));
}

/** authorityKeyIdentifier: which key signed this. */
export function authorityKeyIdentifier(identifier: Uint8Array): Buffer {
  return extension(oid.authorityKeyIdentifier, false, sequence(implicit(0, identifier)));
}

/** Critical nameConstraints: an authority that may vouch for nothing outside of these subtrees. */
export function nameConstraints(permitted: readonly string[]): Buffer {
  const subtrees = permitted.map((subtree) => sequence(encodeSubtreeBase(subtree)));
  return extension(oid.nameConstraints, true, sequence(explicit(0, ...subtrees)));
}
