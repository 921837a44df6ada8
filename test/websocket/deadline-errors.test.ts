import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heartbeatTimeout, messageTimeout } from '../../src/websocket/deadline-errors.ts';

const table = [
  { error: messageTimeout(30_000), code: 'ERR_WS_MESSAGE_TIMEOUT', section: '§5.4', told: 1008 },
  {
    error: heartbeatTimeout(20_000),
    code: 'ERR_WS_HEARTBEAT_TIMEOUT',
    section: '§5.5.2',
    told: 1006,
  },
];

for (const { error, code, section, told } of table) {
  test(`${section} ${code}: what was waited for, and how long`, () => {
    assert.equal(error.code, code);
    assert.equal(error.closeCode, told);
    assert.match(error.section, new RegExp(`${section}$`));
    assert.match(error.message, /^expected .* \d+ ms.*, got .*§/);
  });
}
