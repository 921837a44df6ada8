/**
 * Certificates by hand, and an authority of one's own.
 *
 * Reading order
 *   der/writer.ts, der/oid.ts, der/reader.ts      values as bytes
 *   pem.ts                                        bytes as text
 *   x509/name.ts, x509/general-name.ts, x509/extensions.ts, x509/certificate.ts
 *   authority.ts                                  what a root and a server's certificate say
 *   io/private-files.ts, io/credential-files.ts   how they are made and kept
 */
export * as der from './der/writer.ts';
export { oid } from './der/oid.ts';
export { DerError, readDer } from './der/reader.ts';
export type { DerValue } from './der/reader.ts';
export { fromPem, toPem } from './pem.ts';
export type { PemLabel } from './pem.ts';
export { createCertificate, subjectOf } from './x509/certificate.ts';
export type { CertificateFields } from './x509/certificate.ts';
export { createRootCertificate, createServerCertificate } from './authority.ts';
export { developmentSubtrees } from './authority.ts';
export type { Issuer, RootFields, ServerFields } from './authority.ts';
export { CredentialError } from './credential-error.ts';
export { openDevelopmentCredentials } from './io/credential-files.ts';
export type { CredentialOptions, DevelopmentCredentials } from './io/credential-files.ts';
