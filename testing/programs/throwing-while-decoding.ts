/**
 * A program whose ping listener throws behind a message that was decoded when the transport was
 * gone already, to see whether `close` still comes.
 *
 * Spec      -
 * Next      test/websocket/io/link.test.ts
 * Left out  -
 */
import { Duplex } from 'node:stream';
import { compressOnce } from '../../src/websocket/deflate/compressor.ts';
import { zlibLimiter } from '../../src/websocket/deflate/limiter.ts';
import { MessageDeflate } from '../../src/websocket/deflate/message-deflate.ts';
import { encodeFrame, Opcode, WebSocket } from '../../src/websocket/index.ts';

process.on('uncaughtException', (error: Error) => console.log(`uncaught ${error.message}`));

const direction = { windowBits: 15, contextTakeover: true };
const codec = new MessageDeflate('server', { server: direction, client: direction }, {});
const transport = new Duplex({ read() {}, write: (_chunk, _encoding, callback) => callback() });
const server = new WebSocket(null, [], { heartbeat: false });
server.on('message', (data) => console.log(`message ${data}`));
server.on('ping', () => {
  throw new Error('at the ping');
});
server.on('close', (code) => console.log(`close ${code}`));
server.establish({ role: 'server', socket: transport, head: Buffer.alloc(0), protocol: '', codec });

// Others have every place at zlib, so that the message waits until the transport is gone.
const others = Array.from({ length: zlibLimiter.limit }, () => ({ start: () => {} }));
for (const other of others) zlibLimiter.enter(other);
const payload = compressOnce(Buffer.from('Hello'), 15);
transport.push(
  Buffer.concat([
    encodeFrame({ opcode: Opcode.text, payload, rsv1: true, maskingKey: 1 }),
    encodeFrame({ opcode: Opcode.ping, payload: Buffer.alloc(0), maskingKey: 1 }),
  ]),
);
transport.once('data', () => transport.destroy());
transport.once('close', () => {
  for (const other of others) zlibLimiter.leave(other);
});
