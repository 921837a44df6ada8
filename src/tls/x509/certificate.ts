/**
 * A certificate: what is said of a key, and the signature below it.
 *
 * Spec      RFC 5280 §4.1; RFC 5758 §3.2 ecdsa-with-SHA256
 * Next      ../authority.ts - what the certificates of this project say
 * Left out  signatures other than ECDSA with SHA-256
 *
 *   Certificate ::= SEQUENCE {
 *     tbsCertificate       SEQUENCE {              "to be signed"
 *       version              [0] INTEGER 2           which means 3
 *       serialNumber         INTEGER
 *       signature            AlgorithmIdentifier     the same as below
 *       issuer               Name                    the issuer's subject, byte for byte
 *       validity             SEQUENCE { notBefore, notAfter }
 *       subject              Name
 *       subjectPublicKeyInfo SEQUENCE                as Node exports it
 *       extensions           [3] SEQUENCE OF Extension },
 *     signatureAlgorithm   AlgorithmIdentifier,
 *     signatureValue       BIT STRING }
 */
import { sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { oid } from '../der/oid.ts';
import { readDer } from '../der/reader.ts';
import { bitString, explicit, integer, objectIdentifier, sequence, time } from '../der/writer.ts';

/** [0], constructed. */
const versionTag = 0xa0;

/** What a certificate says. Names, keys and extensions are DER. */
export interface CertificateFields {
  /** Read as a positive number; see authority.ts for what makes a good one. */
  serialNumber: Uint8Array;
  issuer: Uint8Array;
  notBefore: Date;
  notAfter: Date;
  subject: Uint8Array;
  subjectPublicKeyInfo: Uint8Array;
  extensions: readonly Uint8Array[];
}

/**
 * Makes a certificate, signed with an EC private key; the answer is DER. Throws a TypeError for
 * another key, and a RangeError for a serial number or a date that cannot be written.
 */
export function createCertificate(fields: CertificateFields, issuerKey: KeyObject): Buffer {
  // Any key would sign, but only an EC key's signature is what the algorithm below says.
  if (issuerKey.asymmetricKeyType !== 'ec' || issuerKey.type !== 'private') {
    const got = `${issuerKey.asymmetricKeyType ?? 'secret'} ${issuerKey.type}`;
    throw new TypeError(`issuerKey must be an EC private key, got ${got}`);
  }
  // MUST be absent (RFC 5758 §3.2): the parameters of ecdsa-with-SHA256.
  const algorithm = sequence(objectIdentifier(oid.ecdsaWithSha256));
  const tbsCertificate = sequence(
    explicit(0, integer(2n)),
    serial(fields.serialNumber),
    algorithm,
    fields.issuer,
    sequence(time(fields.notBefore), time(fields.notAfter)),
    fields.subject,
    fields.subjectPublicKeyInfo,
    explicit(3, sequence(...fields.extensions)),
  );
  return sequence(tbsCertificate, algorithm, bitString(sign('sha256', tbsCertificate, issuerKey)));
}

function serial(bytes: Uint8Array): Buffer {
  const digits = Buffer.from(bytes).toString('hex');
  const value = BigInt(`0x0${digits}`);
  // MUST (RFC 5280 §4.1.2.2): positive, and at most 20 bytes with the bit for its sign.
  if (value < 1n || value >= 2n ** 159n) {
    const got = digits === '' ? 'no bytes' : digits;
    throw new RangeError(`serialNumber must be positive and of at most 20 bytes, got ${got}`);
  }
  return integer(value);
}

/**
 * The subject of a certificate as its own bytes, to be the issuer of others. Throws a DerError for
 * bytes that are no DER, and a TypeError for a value that is no certificate with a version.
 */
export function subjectOf(certificate: Uint8Array): Buffer {
  const fields = readDer(certificate).children[0]?.children;
  const subject = fields?.[5];
  // Version 1 leaves the field of the version out, and all behind it stand one place earlier.
  if (fields?.[0]?.tag !== versionTag || subject === undefined) {
    throw new TypeError('certificate must be a whole one of version 3');
  }
  return Buffer.from(subject.bytes);
}
