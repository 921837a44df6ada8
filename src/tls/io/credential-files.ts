/**
 * The keys and certificates of a development server: made when missing, kept otherwise.
 *
 * Spec      -
 * Next      private-files.ts - how they reach the disk; ../authority.ts - what they say
 * Left out  renewal while a server runs
 *
 *   ca-key.pem       0600   the authority's key: never overwritten
 *   ca.pem           0644   the authority's certificate: what clients are told to trust
 *   server-key.pem   0600   the server's key: never overwritten
 *   server.pem       0644   the server's certificate: issued again when it gets old or lacks a name
 *
 * Each step looks at what is there first, so a start goes on wherever an earlier one was cut off;
 * and two starts at once end up with the same files, for a name is given only once.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { checkServerNames, createRootCertificate, createServerCertificate } from '../authority.ts';
import { CredentialError } from '../credential-error.ts';
import { toPem } from '../pem.ts';
import { subjectOf } from '../x509/certificate.ts';
import {
  createFile,
  FileMode,
  preparePrivateFolder,
  readIfPresent,
  replaceFile,
} from './private-files.ts';

/** Where the files lie, for whom the certificate is, and what time it is. */
export interface CredentialOptions {
  folder: string;
  /** The server's names; see createServerCertificate. */
  names: readonly string[];
  /** Default: the present time. */
  now?: Date;
}

/** What a server needs, and what its clients have to trust. */
export interface DevelopmentCredentials {
  /** The server's private key, PEM. */
  key: string;
  /** The server's certificate, PEM. */
  cert: string;
  /** The authority's certificate, PEM, and where it lies. */
  authorityCertificate: string;
  authorityCertificatePath: string;
  /** SHA-256 over the authority's certificate, as `AB:CD:...`. */
  authorityFingerprint: string;
  /** When the server's certificate ends. */
  notAfter: Date;
  /** The files that were written this time. */
  written: string[];
}

/**
 * Opens a folder of credentials and makes what is missing. Throws a TypeError for names that no
 * certificate can be made for, before anything is touched, and a CredentialError, which names the
 * file, for what is there and cannot be used.
 */
export async function openDevelopmentCredentials(
  options: CredentialOptions,
): Promise<DevelopmentCredentials> {
  const { folder, now = new Date() } = options;
  const names = checkServerNames(options.names);
  const written: string[] = [];
  await preparePrivateFolder(folder);
  const path = (name: string) => join(folder, name);

  const authorityKey = await openKey(path('ca-key.pem'), path('ca.pem'), written);
  const authority = await openAuthority(path('ca.pem'), authorityKey, now, written);
  const serverKey = await openKey(path('server-key.pem'), path('server.pem'), written);
  const issue = () => {
    const server = {
      names,
      subjectPublicKeyInfo: publicKeyInfo(serverKey.key),
      serialNumber: randomBytes(16),
      now,
    };
    const issuer = {
      privateKey: authorityKey.key,
      subjectPublicKeyInfo: publicKeyInfo(authorityKey.key),
      subject: subjectOf(authority.certificate.raw),
    };
    return toPem('CERTIFICATE', createServerCertificate(server, issuer));
  };
  const cert = await openServer(path('server.pem'), {
    key: serverKey.key,
    authority: authority.certificate,
    names,
    now,
    issue,
    written,
  });
  return {
    key: serverKey.pem,
    cert,
    authorityCertificate: authority.pem,
    authorityCertificatePath: path('ca.pem'),
    authorityFingerprint: authority.certificate.fingerprint256,
    notAfter: new Date(new X509Certificate(cert).validTo),
    written,
  };
}

/** Reads a key, or makes it - but not where a certificate says that there was another. */
async function openKey(
  file: string,
  certificateFile: string,
  written: string[],
): Promise<{ pem: string; key: KeyObject }> {
  const hasCertificate = (await readIfPresent(certificateFile)) !== undefined;
  let pem = await readIfPresent(file);
  if (pem === undefined) {
    if (hasCertificate) {
      const what = `is missing, but ${certificateFile} needs it`;
      throw new CredentialError(file, `${what}; put it back, or move that file away`);
    }
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const made = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    if (await createFile(file, made, FileMode.secret)) written.push(file);
    pem = (await readIfPresent(file)) ?? made;
  }
  return { pem, key: readKey(file, pem, `move it and ${certificateFile} away`) };
}

/** A private key on P-256: the one kind that every client takes and that authorities sign with. */
function readKey(file: string, pem: string, advice: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    const what = `expected a private key in PEM; ${advice}, and new ones are made`;
    throw new CredentialError(file, what, { cause: error });
  }
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve === 'prime256v1') return key;
  const what = `expected an EC key on P-256, got ${curve ?? key.asymmetricKeyType}`;
  throw new CredentialError(file, `${what}; ${advice}, and new ones are made`);
}

async function openAuthority(
  file: string,
  authorityKey: { key: KeyObject },
  now: Date,
  written: string[],
): Promise<{ pem: string; certificate: X509Certificate }> {
  let pem = await readIfPresent(file);
  if (pem === undefined) {
    const root = createRootCertificate({
      privateKey: authorityKey.key,
      subjectPublicKeyInfo: publicKeyInfo(authorityKey.key),
      serialNumber: randomBytes(16),
      now,
    });
    if (await createFile(file, toPem('CERTIFICATE', root), FileMode.open)) written.push(file);
    pem = (await readIfPresent(file)) ?? '';
  }
  const certificate = readCertificate(file, pem, authorityKey.key);
  if (!certificate.ca) {
    const what = 'expected the certificate of an authority';
    throw new CredentialError(file, `${what}; move it away, and a new one is made`);
  }
  if (now.getTime() >= Date.parse(certificate.validTo)) {
    const what = `the authority ended on ${certificate.validTo}`;
    throw new CredentialError(file, `${what}; move the whole folder away, and a new one is made`);
  }
  return { pem, certificate };
}

interface ServerCheck {
  key: KeyObject;
  authority: X509Certificate;
  names: readonly string[];
  now: Date;
  issue: () => string;
  written: string[];
}

async function openServer(file: string, check: ServerCheck): Promise<string> {
  const present = await readIfPresent(file);
  if (present === undefined) {
    const issued = check.issue();
    if (!(await createFile(file, issued, FileMode.open))) return await openServer(file, check);
    check.written.push(file);
    return issued;
  }
  const certificate = readCertificate(file, present, check.key);
  // Both: a new authority certificate for the old key has the key of the issuer, but not its name.
  const { authority } = check;
  if (!certificate.checkIssued(authority) || !certificate.verify(authority.publicKey)) {
    const what = 'was not issued by the authority in this folder';
    throw new CredentialError(file, `${what}; move it away, and a new one is issued`);
  }
  if (isYoung(certificate, check.now) && check.names.every((name) => covers(certificate, name))) {
    return present;
  }
  const issued = check.issue();
  await replaceFile(file, issued, FileMode.open);
  check.written.push(file);
  return issued;
}

/** Whether a certificate is valid and not yet in the last third of its life. */
function isYoung(certificate: X509Certificate, now: Date): boolean {
  const start = Date.parse(certificate.validFrom);
  const end = Date.parse(certificate.validTo);
  return now.getTime() >= start && now.getTime() < end - (end - start) / 3;
}

function covers(certificate: X509Certificate, name: string): boolean {
  if (isIP(name) !== 0) return certificate.checkIP(name) !== undefined;
  // A wildcard covers itself only; X509Certificate would look for a host of that name.
  return (certificate.subjectAltName ?? '').split(', ').includes(`DNS:${name}`);
}

function readCertificate(file: string, pem: string, key: KeyObject): X509Certificate {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch (error) {
    const what = 'expected a certificate in PEM; move it away, and a new one is made';
    throw new CredentialError(file, what, { cause: error });
  }
  if (certificate.checkPrivateKey(key)) return certificate;
  const what = 'does not belong to the key beside it; move it away, and a new one is made';
  throw new CredentialError(file, what);
}

function publicKeyInfo(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
}
