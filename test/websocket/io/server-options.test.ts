import assert from 'node:assert/strict';
import * as http from 'node:http';
import { test } from 'node:test';
import { WebSocketServer } from '../../../src/websocket/index.ts';
import type { WebSocketServerOptions } from '../../../src/websocket/index.ts';
import { readServerOptions } from '../../../src/websocket/io/server-options.ts';

const server = http.createServer();
const ways = [
  { given: undefined, got: 'none of them' },
  { given: {}, got: 'none of them' },
  { given: { noServer: false, port: null, server: null }, got: 'none of them' },
  { given: { port: 0, noServer: true }, got: 'port and noServer' },
  { given: { port: 0, server }, got: 'port and server' },
  { given: { server, noServer: true }, got: 'server and noServer' },
  { given: { port: 0, server, noServer: true }, got: 'port and server and noServer' },
];
for (const { given, got } of ways) {
  test(`exactly one way to listen must be given, not ${got}`, () => {
    assert.throws(() => new WebSocketServer(given as WebSocketServerOptions), {
      name: 'TypeError',
      message: `exactly one of the options port, server and noServer must be given, got ${got}`,
    });
  });
}

const bad = [
  { option: { allowedOrigins: '*' }, name: 'TypeError', says: /^allowedOrigins .*got "\*"$/ },
  { option: { allowedOrigins: ['a.test'] }, name: 'TypeError', says: /got "a\.test"$/ },
  { option: { allowedHosts: 'a.test' }, name: 'TypeError', says: /^allowedHosts .*"a\.test"$/ },
  { option: { verifyClient: true }, name: 'TypeError', says: /^verifyClient .*got true$/ },
  { option: { handleProtocols: {} }, name: 'TypeError', says: /^handleProtocols .*got \{\}$/ },
  { option: { clientAddress: 'x' }, name: 'TypeError', says: /^clientAddress .*got "x"$/ },
  { option: { WebSocket: 5 }, name: 'TypeError', says: /^WebSocket .*got 5$/ },
  { option: { maxConnections: 0 }, name: 'RangeError', says: /^maxConnections .*got 0$/ },
  { option: { maxConnections: NaN }, name: 'RangeError', says: /^maxConnections .*got NaN$/ },
  { option: { maxConnectionsPerAddress: 1.5 }, name: 'RangeError', says: /got 1\.5$/ },
  { option: { handshakeTimeout: Infinity }, name: 'RangeError', says: /got Infinity$/ },
  { option: { handshakeTimeout: '5' }, name: 'RangeError', says: /^handshakeTimeout .*got 5$/ },
];
for (const { option, name, says } of bad) {
  test(`an option is refused: ${says.source}`, () => {
    const options = { noServer: true, ...option } as unknown as WebSocketServerOptions;
    assert.throws(() => new WebSocketServer(options), { name, message: says });
  });
}

test('null is as good as nothing, and what was given is copied', () => {
  const given = { noServer: true, port: null, path: null, verifyClient: null, maxConnections: 5 };
  const read = readServerOptions(given as unknown as WebSocketServerOptions);
  assert.deepEqual(read, { noServer: true, maxConnections: 5 });
  assert.equal(readServerOptions({ port: 0, maxConnections: Infinity }).maxConnections, Infinity);
});

test('what is no server, no path or no object of options is named', () => {
  const app = Object.assign(() => {}, { on: () => {}, listen: () => {} });
  const cases = [
    [
      { server: app },
      /server must be an http.Server.*a function; give what its listen\(\) returns/,
    ],
    [{ server: {} }, /server must be an http.Server or https.Server, got object/],
    [{ port: 0, path: 'live' }, /path must begin with \/ and have no query, got "live"/],
    [{ port: 0, path: '/live?x' }, /path must begin with \/ and have no query, got "\/live\?x"/],
    [8080, /options must be an object such as \{ port: 8080 \}, got 8080/],
  ] as const;
  for (const [options, message] of cases) {
    assert.throws(() => readServerOptions(options as never), message);
  }
});
