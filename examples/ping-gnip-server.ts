/**
 * ping-gnip: every text message comes back reversed. "Hello" gives "olleH".
 *
 *   node examples/ping-gnip-server.ts        then, in another terminal:
 *   node examples/ping-gnip-client.ts Hello
 */
import { WebSocketServer } from '../src/websocket/index.ts';

// 'any', because examples/ping-gnip-client.html is opened from a file, and such a page has no origin
// that could be listed. A server with something to lose keeps the default, 'same'.
const server = new WebSocketServer({ host: 'localhost', port: 8765, allowedOrigins: 'any' });

server.on('listening', () => console.log('ping-gnip listens on ws://localhost:8765/'));
server.on('error', (error) => {
  console.error(`cannot listen on port 8765: ${error.message}`);
  process.exitCode = 1;
});

server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => {
    if (isBinary) return socket.close(1003, 'ping-gnip speaks text only');
    // Spreading a string goes by code points: an emoji outside the first 65,536 stays whole.
    socket.send([...data.toString()].reverse().join(''));
  });
});
