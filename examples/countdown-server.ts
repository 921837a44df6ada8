/**
 * countdown: the server that speaks first, once it was asked. A client sends an integer N; the answer is
 * N-1 at once, and then one number a second down to 0.
 *
 *   node examples/countdown-server.ts        then, in another terminal:
 *   node examples/countdown-client.ts 3
 */
import { WebSocketServer } from '../src/websocket/index.ts';

// 'any', so that a page opened from a file can try it; such a page has no origin that could be listed.
const server = new WebSocketServer({ host: 'localhost', port: 8765, allowedOrigins: 'any' });

server.on('listening', () => console.log('countdown listens on ws://localhost:8765/'));
server.on('error', (error) => {
  console.error(`cannot listen on port 8765: ${error.message}`);
  process.exitCode = 1;
});

server.on('connection', (socket) => {
  let remaining = 0;
  let timer: NodeJS.Timeout | undefined;

  const sendNext = () => {
    remaining -= 1;
    socket.send(String(remaining));
    if (remaining === 0) clearInterval(timer);
  };

  socket.on('message', (data) => {
    const text = data.toString().trim();
    if (!/^-?\d{1,6}$/.test(text)) return socket.send('Please send an integer');
    if (Number(text) < 1) return socket.send('Please send a positive integer');
    // A new number replaces the count that may be running.
    clearInterval(timer);
    remaining = Number(text);
    timer = setInterval(sendNext, 1000);
    sendNext();
  });
  socket.on('close', () => clearInterval(timer));
});
