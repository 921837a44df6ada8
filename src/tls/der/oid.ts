/**
 * The object identifiers that certificates use: names for meanings, as lists of numbers.
 *
 * Spec      ITU-T X.660; RFC 5280 appendix A, RFC 5480 §2.1.1, RFC 5758 §3.2
 * Next      writer.ts - objectIdentifier puts one into bytes
 * Left out  everything we do not write
 */

/** Object identifiers by the names the standards give them. */
export const oid = {
  commonName: '2.5.4.3',
  organizationName: '2.5.4.10',
  ecPublicKey: '1.2.840.10045.2.1',
  prime256v1: '1.2.840.10045.3.1.7',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const;
