import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WireTrace } from '../../src/cli/wire-trace.ts';
import { acceptKey, encodeFrame, Opcode } from '../../src/websocket/index.ts';
import { arrivals } from '../../testing/splits.ts';

const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const request = Buffer.from(
  `GET /x HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
);
const accept = Buffer.from(
  `HTTP/1.1 101 Switching\x1b Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`,
);
const text = (payload: string, maskingKey?: number) =>
  encodeFrame({
    opcode: Opcode.text,
    payload: Buffer.from(payload),
    ...(maskingKey === undefined ? {} : { maskingKey }),
  });

function trace(...sent: ['client' | 'server', Buffer][]): string {
  const printed: string[] = [];
  const wire = new WireTrace((lines) => printed.push(lines));
  for (const [from, bytes] of sent) wire.push(from, bytes);
  wire.end();
  return printed.join('\n');
}

test('the handshake line by line, then the frames, explained', () => {
  const said = trace(
    ['client', request],
    ['server', Buffer.concat([accept, text('olleH')])],
    ['client', text('Hello', 0x37fa213d)],
  );
  assert.match(said, /^> handshake: request of a client, \d+ bytes\n {2}GET \/x HTTP\/1\.1 /);
  assert.match(said, /\n< handshake: response[^]* 101 Switching\\u001b Protocols/);
  assert.match(said, /\n< byte 0: text frame from a server, 7 bytes\n[^]*"olleH"/);
  assert.match(said, /\n> byte 0: text frame from a client, 11 bytes\n[^]*"Hello"/);
  assert.doesNotMatch(said, /[\x00-\x09\x0b-\x1f]/);
});

test('the same in every split', () => {
  const all = Buffer.concat([accept, text('one'), text('two')]);
  const whole = trace(['client', request], ['server', all]);
  for (const { name, chunks } of arrivals(all)) {
    const sent = chunks.map((chunk) => ['server', chunk] as ['server', Buffer]);
    assert.equal(trace(['client', request], ...sent), whole, name);
  }
});

test('the body of a refusal is not taken for frames', () => {
  const refusal = Buffer.from('HTTP/1.1 404 Not Found\r\n\r\n\x81\x00', 'latin1');
  const said = trace(['client', request], ['server', refusal]);
  assert.doesNotMatch(said, /frame from/);
  assert.match(said, /\n2 bytes behind the handshake, which are no frames$/);
});

test('what is not whole, and what comes behind the close frame, is told at the end', () => {
  const half = text('half').subarray(0, 4);
  const opened: ['client' | 'server', Buffer][] = [
    ['client', request],
    ['server', accept],
  ];
  assert.match(trace(...opened, ['server', half]), /\n {2}incomplete: at least 2 more bytes$/);
  const close = encodeFrame({ opcode: Opcode.close, payload: Buffer.alloc(0) });
  const said = trace(...opened, ['server', Buffer.concat([close, text('x')])]);
  assert.match(said, /\n< byte 2: 3 more bytes, ERR_WS_AFTER_CLOSE\n/);
});
