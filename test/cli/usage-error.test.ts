import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../src/cli/usage-error.ts';

test('is told apart from other errors by class and by name', () => {
  const error = new UsageError('port must be a number, got "x"');
  assert.ok(error instanceof UsageError);
  assert.equal(error.name, 'UsageError');
});
