/** What leaves is what the program gave, never what else lies in memory; and one line stays one. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  createWebSocketStream,
  encodeFrame,
  PreparedMessage,
  serializeUpgradeResponse,
  WebSocket,
} from '../../../src/websocket/index.ts';
import type { ClientOptions } from '../../../src/websocket/index.ts';
import { roles } from '../../../testing/conformance-peer.ts';
import type { Peer } from '../../../testing/conformance-peer.ts';
import { connectHostilePeer } from '../../../testing/hostile-peers.ts';
import { accepting, startRaw } from '../../../testing/raw-servers.ts';
import { answerTo, startServer, upgradeRequest } from '../../../testing/websocket-peers.ts';

/** One memory, and every kind of window on it: at its start, at odd places, of no length. */
const memory = new Uint8Array(120).map((_, i) => 33 + i).buffer;
const odd = [0, 1, 3, 8, 17];
const views: NodeJS.ArrayBufferView[] = [
  ...odd.map((at) => Buffer.from(memory, at, 11)),
  ...odd.map((at) => new Uint8Array(memory, at, 7)),
  ...odd.map((at) => new Int8Array(memory, at, 5)),
  ...odd.map((at) => new Uint8ClampedArray(memory, at, 9)),
  ...odd.map((at) => new DataView(memory, at, 13)),
  ...[0, 2, 6].map((at) => new Uint16Array(memory, at, 3)),
  ...[0, 2, 6].map((at) => new Int16Array(memory, at, 2)),
  ...[0, 4, 12].map((at) => new Uint32Array(memory, at, 3)),
  ...[0, 4, 12].map((at) => new Int32Array(memory, at, 2)),
  ...[0, 4, 12].map((at) => new Float32Array(memory, at, 3)),
  ...[0, 8, 16].map((at) => new Float64Array(memory, at, 2)),
  ...[0, 8, 16].map((at) => new BigInt64Array(memory, at, 2)),
  ...[0, 8, 16].map((at) => new BigUint64Array(memory, at, 2)),
  new Float32Array(0),
  new DataView(memory, 3, 0),
];

/** Values that are no bytes and no text; the first is how much memory once was sent for it. */
const wrong: readonly unknown[] = [50, 0, -1, 2 ** 31, true, null, {}, { length: 50 }, [1, 2, 3]];

const bytesOf = (view: NodeJS.ArrayBufferView) =>
  Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('hex');
/** A cast for programs that do not heed the types. */
const untyped = (value: unknown) => value as Uint8Array;

async function payloads(peer: Peer, count: number): Promise<string[]> {
  await peer.frames(count);
  return peer.received.map(({ payload }) => payload.toString('hex'));
}

for (const role of roles) {
  test(`CVE-2026-45736 every view gives the bytes it shows, by every method, our ${role}`, async (t) => {
    const { victim, peer } = await connectHostilePeer(t, role);
    const stream = createWebSocketStream(victim);
    for (const view of views) {
      victim.send(view);
      victim.send(view, { binary: false });
      victim.ping(untyped(view));
      victim.pong(untyped(view));
      victim.send(new PreparedMessage(view));
    }
    const want = views.map(bytesOf).flatMap((bytes) => [bytes, bytes, bytes, bytes, bytes]);
    assert.deepEqual(await payloads(peer, want.length), want);
    stream.write(new Uint8Array(memory, 3, 7));
    assert.equal((await payloads(peer, want.length + 1)).at(-1), bytesOf(views[7]!));
  });

  test(`CVE-2016-10518 what is no data throws, and nothing is sent for it, our ${role}`, async (t) => {
    const { victim, peer } = await connectHostilePeer(t, role);
    for (const value of wrong) {
      assert.throws(() => victim.send(untyped(value)), TypeError, `send ${String(value)}`);
      assert.throws(() => victim.ping(untyped(value)), TypeError, `ping ${String(value)}`);
      assert.throws(() => victim.pong(untyped(value)), TypeError, `pong ${String(value)}`);
      assert.throws(() => victim.close(1000, untyped(value)), TypeError, `close ${String(value)}`);
      assert.throws(() => new PreparedMessage(untyped(value)), TypeError);
    }
    victim.send('only this');
    assert.deepEqual(await payloads(peer, 1), [Buffer.from('only this').toString('hex')]);
  });

  test(`CVE-2026-45736 a close reason is the bytes of its view, our ${role}`, async (t) => {
    for (const view of views.filter(({ byteLength }) => byteLength > 0)) {
      const { victim, peer } = await connectHostilePeer(t, role);
      victim.close(1000, untyped(view));
      assert.deepEqual(await payloads(peer, 1), [`03e8${bytesOf(view)}`], view.constructor.name);
      victim.terminate();
    }
  });
}

test('CVE-2016-10518 a frame by hand has the bytes of its view, or throws', () => {
  for (const view of views) {
    const frame = encodeFrame({ opcode: 2, payload: untyped(view) });
    assert.equal(frame.subarray(2).toString('hex'), bytesOf(view), view.constructor.name);
  }
  for (const value of wrong) {
    assert.throws(() => encodeFrame({ opcode: 2, payload: untyped(value) }), TypeError);
  }
});

test('CVE-2016-10518 a broadcast of what is no data throws', async (t) => {
  const { server } = await startServer(t);
  for (const value of wrong) assert.throws(() => server.broadcast(untyped(value)), TypeError);
});

const breaks = ['\r\nX-Evil: 1', 'a\nX-Evil: 1', 'a\rX-Evil: 1', 'a\0b', '\r\n\r\nGET / HTTP/1.1'];

test('CVE-2026-1527 a line break or NUL in what a client sends throws', () => {
  const url = 'ws://127.0.0.1:9/';
  for (const text of breaks) {
    const cases: ClientOptions[] = [
      { headers: { 'X-A': text } },
      { headers: { [`X${text}`]: 'a' } },
      { headers: [['X-A', text]] },
      { headers: { Upgrade: text } },
      { headers: { Host: text } },
      { origin: text },
    ];
    for (const options of cases) {
      assert.throws(() => new WebSocket(url, [], options), TypeError, JSON.stringify(options));
    }
    assert.throws(() => new WebSocket(url, [text]), SyntaxError);
    assert.throws(() => new WebSocket(url, [], { protocols: [text] }), SyntaxError);
  }
});

test('CVE-2026-1527 neither address nor options put a line into the request', async (t) => {
  const requests: string[] = [];
  const port = await startRaw(t, (request, socket) => {
    requests.push(request);
    socket.write(accepting(request));
  });
  for (const text of breaks) {
    const fields = ['host', 'hostname', 'path', 'method', 'auth'].map((name) => [name, text]);
    const options = Object.fromEntries(fields) as ClientOptions;
    for (const address of [`/${text}`, `/?${text}`]) {
      const client = new WebSocket(`ws://127.0.0.1:${port}${address}`, [], options);
      await once(client, 'open');
      client.terminate();
    }
  }
  const names = new Set(
    requests.flatMap((request) =>
      request
        .trimEnd()
        .split(/[\r\n]+/)
        .slice(1)
        .map((line) => line.split(':', 1)[0]),
    ),
  );
  const ours = ['Extensions', 'Key', 'Version'].map((name) => `Sec-WebSocket-${name}`);
  const expected = ['Authorization', 'Connection', 'Host', ...ours, 'Upgrade'];
  assert.deepEqual([...names].sort(), expected);
  assert.equal(requests.length, 2 * breaks.length);
  for (const request of requests) assert.match(request, /^GET \/[\x21-\x7e]* HTTP\/1\.1\r\n/);
});

test('CVE-2026-1527 a line break or NUL in what a server sends throws', async (t) => {
  const accept = { kind: 'accept', acceptKey: 'k', protocol: '' } as const;
  const reject = { kind: 'reject', status: 403, message: 'no', headers: {} } as const;
  for (const text of breaks) {
    for (const decision of [accept, reject]) {
      assert.throws(() => serializeUpgradeResponse(decision, { 'X-A': text }), TypeError);
      assert.throws(() => serializeUpgradeResponse(decision, { [`X${text}`]: 'a' }), TypeError);
    }
    assert.throws(() => serializeUpgradeResponse({ ...accept, protocol: text }), TypeError);
    assert.throws(
      () => serializeUpgradeResponse({ ...reject, headers: { Location: text } }),
      TypeError,
    );
  }
  // In a server it costs the one client its connection.
  const warned = once(process, 'warning');
  const { server, port } = await startServer(t);
  server.on('headers', (lines) => lines.push(`X-A: a${breaks[0]}`));
  const answer = await answerTo(t, port, upgradeRequest());
  assert.match(answer, /^HTTP\/1\.1 500 /);
  assert.doesNotMatch(answer, /X-Evil/);
  assert.match(String(await warned), /latin1/);
});
