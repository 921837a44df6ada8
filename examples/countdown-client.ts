/**
 * The client of countdown: sends N, prints the numbers, and ends after 0.
 *
 *   node examples/countdown-client.ts N [URL]
 *
 * URL is ws://localhost:8765/ unless given.
 */
import { WebSocket } from '../src/websocket/index.ts';

const [number = '10', url = 'ws://localhost:8765/'] = process.argv.slice(2);

const socket = new WebSocket(url);

socket.on('open', () => socket.send(number));
socket.on('message', (data) => {
  const text = data.toString();
  console.log(text);
  // Anything but a number is the server's word that it cannot count from what we sent.
  if (text === '0') socket.close(1000);
  else if (!/^\d+$/.test(text)) {
    process.exitCode = 1;
    socket.close(1000);
  }
});
socket.on('error', (error) => {
  console.error(`${url}: ${error.message}`);
  process.exitCode = 1;
});
socket.on('close', (code) => {
  if (code !== 1000) process.exitCode = 1;
});
