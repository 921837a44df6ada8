import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpError } from '../../src/http/index.ts';
import { ProtocolError } from '../../src/shared/index.ts';

test('§15.5 carries status, text, code, headers, cause', () => {
  const cause = new Error('inner');
  const error = new HttpError(405, 'no', { headers: { Allow: 'GET' }, cause });
  assert.ok(error instanceof ProtocolError);
  assert.equal(error.name, 'HttpError');
  assert.equal(error.status, 405);
  assert.equal(error.code, 'ERR_HTTP_405');
  assert.equal(error.text, 'no');
  assert.equal(error.message, 'no (RFC 9110 §15.5)');
  assert.deepEqual(error.headers, { Allow: 'GET' });
  assert.equal(error.cause, cause);
  assert.equal(new HttpError(503, 'busy').section, 'RFC 9110 §15.6');
});

test('§15 refuses a status that is not one of an error', () => {
  for (const status of [0, 200, 399, 600, 404.5, NaN]) {
    assert.throws(() => new HttpError(status, ''), RangeError);
  }
});
