/**
 * countdown: the server that speaks first, once it was asked. A client sends an integer N; the
 * answer is N-1 at once, and then one number a second down to 0.
 *
 *   node examples/countdown-server.ts [PORT]        then, in another terminal:
 *   node examples/countdown-client.ts 3
 */
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from '../src/websocket/index.ts';

const port = Number(process.argv[2] ?? 8765);

// 'any', so that a page opened from a file can try it; such a page has no origin that could be
// listed.
const server = new WebSocketServer({ host: 'localhost', port, allowedOrigins: 'any' });

server.on('listening', () => {
  const address = server.address() as AddressInfo;
  console.log(`countdown listens on ws://localhost:${address.port}/`);
});
server.on('error', (error) => {
  console.error(`cannot listen on port ${port}: ${error.message}`);
  process.exitCode = 1;
});

server.on('connection', (socket) => {
  let remaining = 0;
  let timer: NodeJS.Timeout | undefined;

  const sendNext = () => {
    remaining -= 1;
    socket.send(String(remaining));
    if (remaining > 0) timer = setTimeout(sendNext, 1000);
  };

  socket.on('message', (data) => {
    const text = data.toString().trim();
    if (!/^-?\d{1,6}$/.test(text)) return socket.send('Please send an integer');
    if (Number(text) < 1) return socket.send('Please send a positive integer');
    // A new number replaces the count that may be running.
    clearTimeout(timer);
    remaining = Number(text);
    sendNext();
  });
  socket.on('close', () => clearTimeout(timer));
});
