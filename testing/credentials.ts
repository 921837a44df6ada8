/**
 * A certificate for the servers of tests, and the authority that clients have to trust.
 *
 * Spec      -
 * Next      test/http/io/, and every test that needs TLS
 * Left out  -
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDevelopmentCredentials } from '../src/tls/index.ts';
import type { DevelopmentCredentials } from '../src/tls/index.ts';

const names = ['localhost', 'the-shop.localhost', '127.0.0.1', '::1'];

let opened: Promise<DevelopmentCredentials> | undefined;

/** Credentials for localhost, made once in a process and gone with it. */
export function testCredentials(): Promise<DevelopmentCredentials> {
  opened ??= open();
  return opened;
}

function open(): Promise<DevelopmentCredentials> {
  const folder = mkdtempSync(join(tmpdir(), 'barewire-credentials-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return openDevelopmentCredentials({ folder, names });
}
