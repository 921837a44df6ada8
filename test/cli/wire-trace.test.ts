import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WireTrace } from '../../src/cli/wire-trace.ts';
import { encodeFrame, Opcode } from '../../src/websocket/index.ts';
import { arrivals } from '../../testing/splits.ts';

const request = Buffer.from('GET /x HTTP/1.1\r\nHost: h\r\n\r\n');
const accept = Buffer.from('HTTP/1.1 101 Switching\x1b Protocols\r\nA: b\r\n\r\n');
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
  assert.match(said, /^> GET \/x HTTP\/1\.1\n> Host: h\n< HTTP\/1\.1 101 Switching\\u001b Proto/);
  assert.match(said, /\nbyte 0: text frame from a server, 7 bytes\n[^]*"olleH"/);
  assert.match(said, /\nbyte 0: text frame from a client, 11 bytes\n[^]*"Hello"/);
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
  const refusal = Buffer.from('HTTP/1.1 404 Not Found\r\n\r\n\x81\x00');
  const said = trace(['client', request], ['server', refusal]);
  assert.equal(said.split('\n').at(-1), '< HTTP/1.1 404 Not Found');
});

test('§6 RSV1 is taken where permessage-deflate was agreed on, and only there', () => {
  const compressed = encodeFrame({ opcode: Opcode.text, payload: Buffer.of(0), rsv1: true });
  const agreed = Buffer.from(
    'HTTP/1.1 101 X\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n',
  );
  assert.doesNotMatch(trace(['server', agreed], ['server', compressed]), /broken/);
  assert.match(trace(['server', accept], ['server', compressed]), /ERR_WS_RESERVED_BITS/);
});

test('what is not whole, and what comes behind the close frame, is told at the end', () => {
  const half = text('half').subarray(0, 4);
  assert.match(trace(['server', accept], ['server', half]), /\n {2}incomplete: at least 2 more/);
  const close = encodeFrame({ opcode: Opcode.close, payload: Buffer.alloc(0) });
  const said = trace(['server', accept], ['server', Buffer.concat([close, text('x')])]);
  assert.equal(said.split('\n').at(-1), 'byte 2: 3 more bytes from the server, not read');
});
