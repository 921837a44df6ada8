import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from '../../../src/websocket/index.ts';
import { checkClientOptions } from '../../../src/websocket/io/client-options.ts';

test('options that cannot be heeded are refused at once', () => {
  checkClientOptions({});
  checkClientOptions({ protocolVersion: 13, handshakeTimeout: 0, maxRedirects: 0 });
  const wrong = [
    { protocolVersion: 8 },
    { handshakeTimeout: -1 },
    { handshakeTimeout: NaN },
    { handshakeTimeout: 2 ** 31 },
    { maxRedirects: -1 },
  ];
  for (const options of wrong) {
    const [[name, value] = ['', 0]] = Object.entries(options);
    const expected = { name: 'RangeError', message: new RegExp(`^${name} must .* got ${value}$`) };
    assert.throws(() => checkClientOptions(options), expected);
    assert.throws(() => new WebSocket('ws://127.0.0.1/', [], options), expected);
  }
});
