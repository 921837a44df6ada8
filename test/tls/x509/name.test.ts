import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeName } from '../../../src/tls/x509/name.ts';
import { hex } from '../../../testing/splits.ts';

test('RFC 5280 §4.1.2.4 organization first, then the common name, each in a set of its own', () => {
  assert.deepEqual(
    encodeName({ commonName: 'b', organizationName: 'a' }),
    hex('30 18 31 0a 30 08 06 03 55 04 0a 0c 01 61 31 0a 30 08 06 03 55 04 03 0c 01 62'),
  );
  assert.deepEqual(encodeName({}), hex('30 00'));
});

test('RFC 5280 A.1 an attribute has 1 to 64 characters', () => {
  assert.throws(() => encodeName({ commonName: '' }), RangeError);
  assert.throws(() => encodeName({ commonName: 'x'.repeat(65) }), /commonName .* got 65/);
  assert.ok(encodeName({ organizationName: '👍'.repeat(64) }).length > 256);
});
