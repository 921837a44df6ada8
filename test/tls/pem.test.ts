import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { fromPem, toPem } from '../../src/tls/index.ts';
import { seededRandom } from '../../testing/seeded-random.ts';

test('RFC 7468 §3 the same text as Node writes for a key', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const bytes = privateKey.export({ type: 'pkcs8', format: 'der' });
  const text = privateKey.export({ type: 'pkcs8', format: 'pem' });
  assert.equal(toPem('PRIVATE KEY', bytes), text);
  assert.deepEqual(fromPem('PRIVATE KEY', text.toString()), bytes);
});

test('RFC 7468 §2 every length comes back, also among other text and with CR LF', (t) => {
  const random = seededRandom(t);
  for (let length = 1; length < 100; length++) {
    const bytes = random.bytes(length);
    const text = `before\n${toPem('CERTIFICATE', bytes)}after\n`;
    assert.deepEqual(fromPem('CERTIFICATE', text.replaceAll('\n', '\r\n')), bytes);
  }
});

test('RFC 7468 what is no block is undefined', () => {
  const block = toPem('CERTIFICATE', Buffer.from('x'));
  assert.equal(fromPem('PRIVATE KEY', block), undefined);
  assert.equal(fromPem('CERTIFICATE', block.replace('END', 'FIN')), undefined);
  assert.equal(fromPem('CERTIFICATE', block.replace('eA==', 'e*==')), undefined);
  assert.equal(fromPem('CERTIFICATE', ''), undefined);
});
