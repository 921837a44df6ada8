/**
 * One conversation that every other end holds with our server, and what it has to come to.
 *
 * Spec      RFC 6455 §5.2 lengths, §5.5 control frames, §7 closing, §1.9 sub-protocols
 * Next      *.check.ts - the ends that hold it
 * Left out  which parameters of compression come of it: test/websocket/deflate/
 *
 *   offer 'other', 'barewire.echo'    the server chooses the second
 *   say each text, each size          each comes back as it was
 *   say 'ping me'                     the server pings, and says what the pong brought
 *   ping, where the end can           the pong brings the same
 *   say 'close me'                    the server closes, with a code and a reason
 *   open again, close                 the server hears the code and the reason
 */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { WebSocketServer } from 'barewire/websocket';
import type { DeflateOptions, WebSocket } from 'barewire/websocket';

/** What is said and how the two closings go. */
export const script = {
  offers: ['other', 'barewire.echo'],
  texts: ['', 'hello', 'grüße aus 北京 🎈', 'x'.repeat(126), 'y'.repeat(65_536)],
  sizes: [0, 1, 125, 126, 127, 65_535, 65_536, 1024 * 1024],
  byServer: { code: 4001, reason: 'as you asked, ü' },
  byClient: { code: 3001, reason: 'bye, ü' },
} as const;

/** How a conversation is compressed. `inPieces`: in fragments, with pings between them. */
export interface Compression {
  name: string;
  perMessageDeflate: boolean | DeflateOptions;
  inPieces: boolean;
}

const forgetful = { serverNoContextTakeover: true, clientNoContextTakeover: true };

/** What is tried with every end that can compress. */
export const compressions: readonly Compression[] = [
  { name: 'compressed', perMessageDeflate: true, inPieces: false },
  { name: 'compressed, no context kept', perMessageDeflate: forgetful, inPieces: false },
  { name: 'compressed, in pieces', perMessageDeflate: true, inPieces: true },
  {
    name: 'compressed, in pieces, no context kept',
    perMessageDeflate: { ...forgetful, threshold: 0 },
    inPieces: true,
  },
];

/** What has `send` and `ping`, ours and others'. */
export interface PieceSender {
  send(data: string | Buffer, options: { fin?: boolean; binary?: boolean }): unknown;
  ping(data: string): unknown;
}

/** Sends a message in three fragments, with pings between. */
export function sendInPieces(socket: PieceSender, data: string | Buffer): void {
  const binary = typeof data !== 'string';
  const third = Math.ceil(data.length / 3);
  socket.send(data.slice(0, third), { fin: false, binary });
  socket.ping('between');
  socket.send(data.slice(third, 2 * third), { fin: false, binary });
  socket.ping('between');
  socket.send(data.slice(2 * third), { fin: true, binary });
}

/** What a conversation came to, as the other end saw it. */
export interface Report {
  protocol: string;
  texts: string[];
  /** The sizes that came back byte for byte. */
  sizes: number[];
  pinged: string;
  /** What the pong to its own ping brought; undefined where the end has no ping. */
  ponged?: string | undefined;
  byServer: { code: number; reason: string };
  byClient: { code: number; reason: string };
}

/** The byte at a position of every binary message. */
export function byteAt(index: number): number {
  return (index * 7 + (index >> 8)) & 255;
}

/** A binary message of some size. */
export function bytesOf(size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, index) => byteAt(index)));
}

/** Our server, ready for the conversation; `closes` grows with each end, which `ends` tells. */
export async function startTalker(t: TestContext, compression?: Compression) {
  const { perMessageDeflate = false, inPieces = false } = compression ?? {};
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    handleProtocols: (offered) => (offered.has('barewire.echo') ? 'barewire.echo' : false),
    // A page of another origin is one of the ends.
    allowedOrigins: 'any',
    perMessageDeflate,
  });
  const extensions: string[] = [];
  const closes: { code: number; reason: string }[] = [];
  const ends = new EventEmitter();
  server.on('connection', (socket: WebSocket) => {
    extensions.push(socket.extensions);
    socket.on('message', (data, isBinary) => {
      const text = isBinary ? undefined : data.toString();
      if (text === 'ping me') {
        socket.once('pong', (payload) => socket.send(`pong ${payload.toString()}`));
        socket.ping('are you there?');
      } else if (text === 'close me') {
        socket.close(script.byServer.code, script.byServer.reason);
      } else if (inPieces) {
        sendInPieces(socket, text ?? data);
      } else {
        socket.send(data, { binary: isBinary });
      }
    });
    socket.on('close', (code, reason) => {
      closes.push({ code, reason: reason.toString() });
      ends.emit('over');
    });
  });
  await once(server, 'listening');
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, closes, ends, extensions };
}

/** Runs the conversation and compares both ends' accounts of it with the script. */
export async function converse(
  t: TestContext,
  hold: (url: string) => Promise<Report>,
  compression?: Compression,
  canCompress = true,
): Promise<void> {
  const { url, closes, ends, extensions } = await startTalker(t, compression);
  const report = await hold(url);
  while (closes.length < 2) await once(ends, 'over');
  checkReport(report);
  const agreed = compression !== undefined && canCompress ? 'permessage-deflate' : '';
  assert.deepEqual(extensions, [agreed, agreed]);
  // To the server's own close the ends answer with that code and reason, that code, or 1000.
  assert.deepEqual(closes[1], script.byClient);
}

/** Compares what the other end saw with the script. */
export function checkReport(report: Report): void {
  assert.equal(typeof report, 'object', String(report));
  const { ponged, ...rest } = report;
  assert.deepEqual(rest, {
    protocol: 'barewire.echo',
    texts: [...script.texts],
    sizes: [...script.sizes],
    pinged: 'pong are you there?',
    byServer: script.byServer,
    // The code comes back, the reason need not.
    byClient: { code: script.byClient.code, reason: report.byClient.reason },
  });
  assert.ok(ponged === undefined || ponged === 'mine', ponged);
}
