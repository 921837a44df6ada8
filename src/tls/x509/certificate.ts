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

/** What a certificate says. Names, keys and extensions are DER. */
export interface CertificateFields {
  /** 16 bytes, the first from 40 to 7f: positive, and of one length. */
  serialNumber: Uint8Array;
  issuer: Uint8Array;
  notBefore: Date;
  notAfter: Date;
  subject: Uint8Array;
  subjectPublicKeyInfo: Uint8Array;
  extensions: readonly Uint8Array[];
}

/** Makes a certificate, signed with an EC private key; the answer is DER. */
export function createCertificate(fields: CertificateFields, issuerKey: KeyObject): Buffer {
  // MUST be absent (RFC 5758 §3.2): the parameters of ecdsa-with-SHA256.
  const algorithm = sequence(objectIdentifier(oid.ecdsaWithSha256));
  const tbsCertificate = sequence(
    explicit(0, integer(2n)),
    integer(BigInt(`0x${Buffer.from(fields.serialNumber).toString('hex')}`)),
    algorithm,
    fields.issuer,
    sequence(time(fields.notBefore), time(fields.notAfter)),
    fields.subject,
    fields.subjectPublicKeyInfo,
    explicit(3, sequence(...fields.extensions)),
  );
  return sequence(tbsCertificate, algorithm, bitString(sign('sha256', tbsCertificate, issuerKey)));
}

/** The subject of a certificate as its own bytes, to be the issuer of others. Throws a DerError. */
export function subjectOf(certificate: Uint8Array): Buffer {
  const subject = readDer(certificate).children[0]?.children[5];
  if (subject === undefined) throw new TypeError('certificate must be a whole one of version 3');
  return Buffer.from(subject.bytes);
}
