/** A compressed conversation captured by `barewire connect`, and explained by `barewire inspect`. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';
import { readExtensions } from '../../src/cli/inspect-deflate.ts';
import { packageRoot } from '../../src/lab/package-root.ts';
import { encodeFrame, Opcode, WebSocketError } from '../../src/websocket/index.ts';
import type { WebSocket } from '../../src/websocket/index.ts';
import { hexOf, requestText, responseText } from '../../testing/captured-connection.ts';
import { startProgram } from '../../testing/program.ts';
import { hex } from '../../testing/splits.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { startServer } from '../../testing/websocket-peers.ts';

const launcher = join(packageRoot, 'bin', 'barewire.js');

function inspect(...args: string[]) {
  return spawnSync(process.execPath, [launcher, 'inspect', ...args], { encoding: 'utf8' });
}

/** A capture of these messages of the server, compressed as the answer says. */
function captureOf(answer: string, payloads: readonly Buffer[], opcode: Opcode = Opcode.text) {
  const line = (value: string) => `Sec-WebSocket-Extensions: ${value}\r\n\r\n`;
  const frames = payloads.map((payload) => encodeFrame({ opcode, payload, rsv1: true }));
  return [
    `> ${hexOf(requestText.replace(/\r\n$/, line('permessage-deflate; client_max_window_bits')))}`,
    `< ${hexOf(responseText.replace(/\r\n$/, line(answer)))}`,
    ...frames.map((frame) => `< ${frame.toString('hex')}`),
    '',
  ].join('\n');
}

const hello = hex('f2 48 cd c9 c9 07 00');
const helloAgain = hex('f2 00 11 00 00');

test('connect --capture, then inspect: what both sides sent, inflated', async (t) => {
  const { server, url } = await startServer(t, { perMessageDeflate: true });
  server.on('connection', (socket: WebSocket) => {
    socket.on('message', (data) => socket.send(`${data} and ${data}`));
  });
  const file = join(temporaryFolder(t), 'talk.capture');
  const args = ['connect', url, '--capture', file, '--send', 'over and over', '--send', 'over'];
  const program = startProgram(t, process.execPath, [launcher, ...args, '--exit-after', '2']);
  assert.equal(await program.ended, 0);
  const { stdout, status } = inspect(file);
  assert.equal(status, 0, stdout);
  const messages = [...stdout.matchAll(/message: compressed text.*: "(.*)"$/gm)];
  assert.deepEqual(messages.map(([, text]) => text).sort(), [
    'over',
    'over and over',
    'over and over',
    'over and over and over and over',
  ]);
  assert.match(stdout, /all valid\n$/);
});

test('§7.2.3.2 a context lives as long as its side, and only if that was agreed on', async () => {
  const keeps = readExtensions('permessage-deflate')!;
  assert.equal(keeps.extensionBits, 0b0100_0000);
  for (const role of ['server', 'client'] as const) {
    assert.equal(String(await keeps.inflate[role](hello)), 'Hello');
    assert.equal(String(await keeps.inflate[role](helloAgain)), 'Hello');
  }
  const forgets = readExtensions('permessage-deflate; server_no_context_takeover')!;
  assert.equal(String(await forgets.inflate.server(hello)), 'Hello');
  const error = await forgets.inflate.server(helloAgain);
  assert.ok(error instanceof WebSocketError && error.code === 'ERR_WS_INFLATE');
  assert.equal(await forgets.inflate.server(hello), undefined, 'nothing can be said any more');
});

test('a message that is not there takes the context with it, if there is one', async () => {
  const { inflate } = readExtensions('permessage-deflate; server_no_context_takeover')!;
  assert.equal(await inflate.server(undefined), undefined);
  assert.equal(String(await inflate.server(hello)), 'Hello');
  assert.equal(await inflate.client(undefined), undefined);
  assert.equal(await inflate.client(hello), undefined);
});

test('a bomb is not shown, and is no fault of the sender', async () => {
  const zeros = deflateRawSync(Buffer.alloc(17 * 1024 * 1024), {
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  const { inflate } = readExtensions('permessage-deflate')!;
  assert.equal(await inflate.server(zeros.subarray(0, -4)), undefined);
});

test('a header that agrees on nothing we know', () => {
  const headers = [
    undefined,
    '',
    'x-other',
    'permessage-deflate; server_max_window_bits=7',
    'permessage-deflate; client_max_window_bits',
    'permessage-deflate, permessage-deflate',
    ';',
    'constructor',
  ];
  for (const header of headers) assert.equal(readExtensions(header), undefined, header);
});

test('inspect names what does not inflate, and text that is none', (t) => {
  const file = join(temporaryFolder(t), 'capture');
  writeFileSync(file, captureOf('permessage-deflate', [hello, Buffer.from('ffff', 'hex')]));
  const damaged = inspect(file);
  assert.equal(damaged.status, 1);
  assert.match(damaged.stdout, /inflated to 5 bytes: "Hello"\n/);
  assert.match(damaged.stdout, /\nbroken: ERR_WS_INFLATE at byte 9 of the server\n/);
  // A stored block of the byte FF.
  writeFileSync(file, captureOf('permessage-deflate', [hex('00 01 00 fe ff ff 00')]));
  const binary = inspect('--json', file);
  assert.equal(binary.status, 1);
  assert.match(binary.stdout, /ERR_WS_INVALID_UTF8/);
});
