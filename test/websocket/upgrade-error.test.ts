import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UpgradeRequestError } from '../../src/websocket/index.ts';

test('a request that is no handshake has a code, a section and a status', () => {
  const error = new UpgradeRequestError('expected GET', 405);
  assert.equal(error.name, 'UpgradeRequestError');
  assert.equal(error.code, 'ERR_WS_UPGRADE_REQUEST');
  assert.equal(error.message, 'expected GET (RFC 6455 §4.2.1)');
  assert.equal(error.status, 405);
});
