/**
 * Compressed connections that open, speak and leave: the memory before, and the memory after.
 *
 * Spec      -
 * Next      scripts/soak.js - runs this; docs/websocket/compression.md - the figures
 * Left out  how fast it is
 *
 *   --seconds N      how long, default 120
 *   --connections N  how many at once, default 200
 *
 *   each connection: a context each way or none, some messages of 0 bytes to 64 KiB, echoed and
 *   compared; it closes, is cut, or is cut while zlib works; then another takes its place
 *
 * Compared with the memory after a quarter of the time: what the allocator got once it keeps.
 * Exit code 1 if the resident set has grown by more than `noiseBytes`, or the heap, or something
 * is still at work.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { zlibLimiter } from '../../src/websocket/deflate/limiter.ts';
import { WebSocket, WebSocketServer } from '../../src/websocket/index.ts';
import type { DeflateOptions } from '../../src/websocket/index.ts';
import { SeededRandom } from '../seeded-random.ts';

/** What the allocator and the collector may keep, in bytes. */
const noiseBytes = { rss: 24 * 1024 * 1024, heap: 2 * 1024 * 1024 };
/** All that is allocated once has been by then. */
const warmUpShare = 0.25;

const random = new SeededRandom(7692);
const words = ['open', 'speak', 'leave', 'memory', 'context', '北京'];
const counts = { connections: 0, messages: 0, bytes: 0 };

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    connections: { type: 'string', default: '200' },
  },
});
const seconds = readNumber('seconds', values.seconds);
const connections = readNumber('connections', values.connections);
const { gc } = globalThis;
if (gc === undefined) throw new Error('node must be started with --expose-gc');

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: true });
server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
await once(server, 'listening');
const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;

report('idle', await measure());
await run(seconds * warmUpShare);
const before = await measure();
report(`before, warmed up for ${seconds * warmUpShare} s`, before);
await run(seconds);
const after = await measure();
report(`after ${seconds} s`, after);
console.log(
  `${counts.connections} connections, ${counts.messages} messages, ` +
    `${Math.round(counts.bytes / 1e6)} MB each way, ${connections} at once`,
);
const grown = { rss: after.rss - before.rss, heap: after.heap - before.heap };
report('grown by', grown);
await server.shutdown({ graceMs: 0 });
assert.deepEqual([zlibLimiter.running, zlibLimiter.waiting], [0, 0], 'nothing is left at zlib');
if (grown.rss > noiseBytes.rss || grown.heap > noiseBytes.heap) {
  console.error(`more than noise, which is ${inMegabytes(noiseBytes)}`);
  process.exitCode = 1;
}

function readNumber(name: string, text: string): number {
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new TypeError(`--${name} must be a number above 0, got ${JSON.stringify(text)}`);
}

/** Keeps so many connections busy for a while. */
async function run(forSeconds: number): Promise<void> {
  const end = performance.now() + forSeconds * 1000;
  const visitor = async () => {
    while (performance.now() < end) await visit();
  };
  await Promise.all(Array.from({ length: connections }, visitor));
}

/** Opens, speaks, leaves. */
async function visit(): Promise<void> {
  const perMessageDeflate: DeflateOptions = {
    serverNoContextTakeover: random.below(3) === 0 || undefined,
    clientNoContextTakeover: random.below(3) === 0 || undefined,
    serverMaxWindowBits: random.pick([undefined, 9, 12]),
  };
  const socket = new WebSocket(url, { perMessageDeflate });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => {});
  await once(socket, 'open');
  counts.connections++;
  for (let left = 1 + random.below(8); left > 0; left--) {
    const text = textOf(random.pick([0, 10, 200, 2000, 64 * 1024]));
    socket.send(text);
    const [echo] = (await once(socket, 'message')) as [Buffer];
    assert.equal(echo.toString(), text);
    counts.messages++;
    counts.bytes += echo.length;
  }
  const how = random.below(3);
  // Cut while it is being compressed, here or there.
  if (how === 0) socket.send(textOf(64 * 1024));
  if (how === 2) socket.close(1000);
  else socket.terminate();
  await closed;
}

function textOf(length: number): string {
  let text = '';
  while (text.length < length) text += `${random.pick(words)} ${random.below(1000)} `;
  return text.slice(0, length);
}

/** Memory once nobody is there and all garbage is collected. */
async function measure(): Promise<{ rss: number; heap: number }> {
  while (server.clients.size > 0) await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    gc!();
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heap: heapUsed };
}

function report(when: string, memory: { rss: number; heap: number }): void {
  console.log(`${when}: ${inMegabytes(memory)}`);
}

function inMegabytes({ rss, heap }: { rss: number; heap: number }): string {
  return `${(rss / 1e6).toFixed(1)} MB resident, ${(heap / 1e6).toFixed(1)} MB heap`;
}
