/**
 * A certificate authority of one's own: what its root says, and what it says of servers.
 *
 * Spec      RFC 5280 §4.2; every field as Chromium, Firefox, OpenSSL, GnuTLS, Go and Java take it
 * Next      io/credential-files.ts - makes the keys and keeps everything on disk
 * Left out  intermediates, client certificates, revocation
 *
 *   field              root                                  server
 *   subject            O barewire, CN with a number of its   CN the first name of 64 characters
 *                      own: no two roots share a name        or less; empty if there is none
 *   validity           10 years                              90 days; at most 397
 *                      both from an hour ago, for clocks that are late
 *   basicConstraints   critical, CA, pathLen 0               critical, empty
 *   keyUsage           critical, keyCertSign cRLSign         critical, digitalSignature
 *   extKeyUsage        -                                     serverAuth
 *   subjectAltName     -                                     the names; critical if no subject
 *   SKI, AKI           SKI                                   both; AKI is the root's SKI
 *   nameConstraints    critical: local names and addresses   -
 */
import type { KeyObject } from 'node:crypto';
import { oid } from './der/oid.ts';
import { createCertificate } from './x509/certificate.ts';
import {
  authorityConstraints,
  authorityKeyIdentifier,
  extendedKeyUsage,
  keyIdentifier,
  keyUsage,
  KeyUsage,
  leafConstraints,
  nameConstraints,
  subjectAltName,
  subjectKeyIdentifier,
} from './x509/extensions.ts';
import { checkServerName, isInSubtree } from './x509/general-name.ts';
import { encodeName } from './x509/name.ts';

const dayMs = 24 * 60 * 60 * 1000;
const clockSkewMs = 60 * 60 * 1000;
const rootDays = 10 * 365;
const defaultServerDays = 90;
/** Apple refuses more than 825, browsers more than 398 where the root is public. */
const maxServerDays = 397;

/** All a development root may vouch for: names and addresses that are never anybody else's. */
export const developmentSubtrees: readonly string[] = [
  ...['localhost', 'test', 'localdomain', 'internal', 'home.arpa'],
  ...['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  ...['::1/128', 'fc00::/7', 'fe80::/10'],
];

/** What a root is made from. */
export interface RootFields {
  privateKey: KeyObject;
  /** DER, as `publicKey.export({ type: 'spki', format: 'der' })` gives it. */
  subjectPublicKeyInfo: Uint8Array;
  /** 16 fresh random bytes. */
  serialNumber: Uint8Array;
  now: Date;
}

/** Makes the certificate of a development root, signed by itself; DER. */
export function createRootCertificate(root: RootFields): Buffer {
  const serialNumber = positiveSerial(root.serialNumber);
  // A root's name is how others find it: two roots of one name would be taken for each other.
  const unique = serialNumber.toString('hex').slice(0, 8);
  const commonName = `barewire development root ${unique}`;
  const subject = encodeName({ organizationName: 'barewire', commonName });
  const fields = {
    serialNumber,
    issuer: subject,
    subject,
    ...validity(root.now, rootDays),
    subjectPublicKeyInfo: root.subjectPublicKeyInfo,
    extensions: [
      authorityConstraints(0),
      keyUsage(KeyUsage.keyCertSign, KeyUsage.cRLSign),
      subjectKeyIdentifier(keyIdentifier(root.subjectPublicKeyInfo)),
      nameConstraints(developmentSubtrees),
    ],
  };
  return createCertificate(fields, root.privateKey);
}

/** Who issues. */
export interface Issuer {
  privateKey: KeyObject;
  subjectPublicKeyInfo: Uint8Array;
  /** The subject of the issuer's certificate, byte for byte. */
  subject: Uint8Array;
}

/** What a server's certificate is made from. */
export interface ServerFields {
  /** Host names, wildcards of at least three labels, IP addresses; the first is the CN. */
  names: readonly string[];
  subjectPublicKeyInfo: Uint8Array;
  /** 16 fresh random bytes. */
  serialNumber: Uint8Array;
  now: Date;
  /** Default 90, at most 397. */
  days?: number;
}

/**
 * Issues a server's certificate; DER. Throws a TypeError for a name that is none, that clients
 * refuse, or that the root may not vouch for, and a RangeError for a lifetime that is too long.
 */
export function createServerCertificate(server: ServerFields, issuer: Issuer): Buffer {
  const { days = defaultServerDays, subjectPublicKeyInfo } = server;
  if (!Number.isInteger(days) || days < 1 || days > maxServerDays) {
    throw new RangeError(`days must be a whole number from 1 to ${maxServerDays}, got ${days}`);
  }
  const names = checkServerNames(server.names);
  const commonName = names.find((name) => name.length <= 64);
  const fields = {
    serialNumber: positiveSerial(server.serialNumber),
    issuer: issuer.subject,
    subject: encodeName(commonName === undefined ? {} : { commonName }),
    ...validity(server.now, days),
    subjectPublicKeyInfo,
    extensions: [
      leafConstraints(),
      keyUsage(KeyUsage.digitalSignature),
      extendedKeyUsage(oid.serverAuth),
      // MUST (RFC 5280 §4.2.1.6): critical where the subject is empty.
      subjectAltName(names, { critical: commonName === undefined }),
      subjectKeyIdentifier(keyIdentifier(subjectPublicKeyInfo)),
      authorityKeyIdentifier(keyIdentifier(issuer.subjectPublicKeyInfo)),
    ],
  };
  return createCertificate(fields, issuer.privateKey);
}

/**
 * Checks all names of a server's certificate: each once, in lower case. Throws a TypeError that
 * names the value and the rule for one that createServerCertificate would refuse.
 */
export function checkServerNames(names: readonly string[]): string[] {
  if (names.length === 0) throw new TypeError('names must hold one name at least');
  return [...new Set(names.map(checkServerName))].map((name) => {
    if (developmentSubtrees.some((subtree) => isInSubtree(name, subtree))) return name;
    const permitted = developmentSubtrees.join(' ');
    throw new TypeError(
      `server name ${JSON.stringify(name)}: the root vouches only for ${permitted}`,
    );
  });
}

/** The first byte from 40 to 7f: the number is positive, and always of 16 bytes. */
function positiveSerial(random: Uint8Array): Buffer {
  if (random.length !== 16) {
    throw new RangeError(`serialNumber must be 16 bytes, got ${random.length}`);
  }
  const serial = Buffer.from(random);
  serial[0] = 0x40 | (serial[0]! & 0x3f);
  return serial;
}

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  const start = now.getTime() - clockSkewMs;
  return { notBefore: new Date(start), notAfter: new Date(start + days * dayMs) };
}
