/**
 * The error for keys and certificates on disk that cannot be used as they are.
 *
 * Spec      -
 * Next      io/credential-files.ts
 * Left out  -
 */

/**
 * A file that cannot be used: its path, what was expected of it, and what to do. Nothing is
 * deleted.
 */
export class CredentialError extends Error {
  override name = 'CredentialError';
  readonly code = 'ERR_TLS_CREDENTIALS';
  readonly file: string;

  constructor(file: string, message: string, options?: ErrorOptions) {
    super(`${file}: ${message}`, options);
    this.file = file;
  }
}
