/**
 * The client of ping-gnip: sends each text and prints what comes back.
 *
 *   node examples/ping-gnip-client.ts [TEXT...] [URL]
 *
 * TEXT is "Hello" unless given; URL is ws://localhost:8765/ unless the last argument is another
 * one.
 */
import { WebSocket } from '../src/websocket/index.ts';

const texts = process.argv.slice(2);
const url = /^wss?:/.test(texts.at(-1) ?? '') ? texts.pop()! : 'ws://localhost:8765/';
if (texts.length === 0) texts.push('Hello');

const socket = new WebSocket(url);
let answers = 0;

socket.on('open', () => {
  for (const text of texts) socket.send(text);
});
socket.on('message', (data) => {
  console.log(data.toString());
  answers += 1;
  if (answers === texts.length) socket.close(1000);
});
socket.on('error', (error) => {
  console.error(`${url}: ${error.message}`);
  process.exitCode = 1;
});
socket.on('close', (code) => {
  if (code !== 1000) process.exitCode = 1;
});
