import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError } from '../../src/shared/protocol-error.ts';

test('carries code, section and cause, and names its own class', () => {
  class ExampleError extends ProtocolError {}
  const cause = new Error('below');
  const error = new ExampleError('ERR_EXAMPLE', 'expected 1, got 2', 'RFC 6455 §5.2', { cause });
  assert.equal(error.name, 'ExampleError');
  assert.equal(error.code, 'ERR_EXAMPLE');
  assert.equal(error.message, 'expected 1, got 2 (RFC 6455 §5.2)');
  assert.equal(error.cause, cause);
  assert.ok(error instanceof ProtocolError);
});
