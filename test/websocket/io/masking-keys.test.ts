import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextMaskingKey } from '../../../src/websocket/io/masking-keys.ts';

test('§5.3 masking keys are not repeated in order or in number', () => {
  const keys = Array.from({ length: 5000 }, nextMaskingKey);
  assert.ok(new Set(keys).size > 4990);
});
