import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CredentialError } from '../../src/tls/index.ts';

test('names the file, first of all', () => {
  const error = new CredentialError('dir/ca.pem', 'cannot be read');
  assert.equal(error.message, 'dir/ca.pem: cannot be read');
  assert.equal(error.file, 'dir/ca.pem');
  assert.equal(error.code, 'ERR_TLS_CREDENTIALS');
});
