/**
 * ping-gnip: every text message comes back reversed. "Hello" gives "olleH".
 *
 *   node examples/ping-gnip-server.ts [PORT]        then, in another terminal:
 *   node examples/ping-gnip-client.ts Hello
 */
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from '../src/websocket/index.ts';

const port = Number(process.argv[2] ?? 8765);

// 'any', because examples/ping-gnip-client.html is opened from a file, and such a page has no
// origin that could be listed. A server with something to lose keeps the default, 'same'.
const server = new WebSocketServer({ host: 'localhost', port, allowedOrigins: 'any' });

server.on('listening', () => {
  const address = server.address() as AddressInfo;
  console.log(`ping-gnip listens on ws://localhost:${address.port}/`);
});
server.on('error', (error) => {
  console.error(`cannot listen on port ${port}: ${error.message}`);
  process.exitCode = 1;
});

server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => {
    if (isBinary) return socket.close(1003, 'ping-gnip speaks text only');
    // Spreading a string goes by code points: an emoji outside the first 65,536 stays whole.
    socket.send([...data.toString()].reverse().join(''));
  });
});
