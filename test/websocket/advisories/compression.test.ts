/** Compressed messages that are larger than they look, windows of every size, ends in between. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { decodeFrame, Opcode, WebSocket } from '../../../src/websocket/index.ts';
import type { Role } from '../../../src/websocket/index.ts';
import { roles } from '../../../testing/conformance-peer.ts';
import { bomb, DeflateByHand } from '../../../testing/deflate-by-hand.ts';
import { connectHostile, hostileFrame } from '../../../testing/hostile-peers.ts';
import type { Hostile, HostileOptions } from '../../../testing/hostile-peers.ts';
import { describeFrames } from '../../../testing/protocol-recorder.ts';
import { accepting, failureOf, startRaw } from '../../../testing/raw-servers.ts';
import { seededRandom } from '../../../testing/seeded-random.ts';
import { startVictim } from '../../../testing/victims.ts';
import {
  acceptedBy,
  closeOf,
  startServer,
  upgradeRequest,
} from '../../../testing/websocket-peers.ts';

const mebibyte = 1024 * 1024;
const header = 'Sec-WebSocket-Extensions: permessage-deflate';

/** A compressed connection. */
async function connect(t: TestContext, role: Role, options: HostileOptions = {}): Promise<Hostile> {
  const lines = options.lines ?? [header];
  const hostile = await connectHostile(t, role, { perMessageDeflate: true, ...options, lines });
  assert.match(hostile.victim.extensions, /permessage-deflate/, 'compression was agreed on');
  return hostile;
}

/** A message as the attacker sends it: compressed, in so many fragments. */
function compressed(role: Role, payload: Buffer, fragments = 1): Buffer {
  const size = Math.ceil(payload.length / fragments);
  const frames = Array.from({ length: fragments }, (_, i) => {
    const part = payload.subarray(i * size, (i + 1) * size);
    const opcode = i === 0 ? Opcode.binary : Opcode.continuation;
    return hostileFrame(role, opcode, part, { fin: i === fragments - 1, rsv1: i === 0 });
  });
  return Buffer.concat(frames);
}

/** What our end said in the end, read to the end of the transport. */
async function lastWords({ raw, rest, closed, victim }: Hostile): Promise<string[]> {
  const chunks = [rest];
  raw.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    // A server that has heard a close frame ends the transport; a client waits for that.
    if (victim.outcome !== undefined) raw.end();
  });
  await closed;
  raw.destroy();
  return describeFrames(Buffer.concat(chunks)).map((line) => line.slice(0, 'fin 8 1009'.length));
}

async function isRefused(hostile: Hostile, want = 'ERR_WS_MESSAGE_TOO_BIG'): Promise<void> {
  assert.deepEqual(await lastWords(hostile), ['fin 8 1009']);
  assert.equal(hostile.victim.outcome?.error?.code, want);
}

for (const role of roles) {
  test(`CVE-2026-1526 65 KB that inflate to 64 MiB stop at the limit, our ${role}`, async (t) => {
    const victim = await startVictim(t);
    const raw = await victim.attack(role, { compressed: true });
    const before = await victim.settled();
    const payload = bomb();
    assert.ok(payload.length < 66_000, `${payload.length} bytes`);
    raw.resume();
    raw.write(compressed(role, payload));
    raw.on('data', () => raw.end());
    const after = await victim.until(({ closed }) => closed === 1);
    assert.equal(after.error, 'ERR_WS_MESSAGE_TOO_BIG');
    assert.equal(after.messages, 0);
    const growth = after.peakBytes - before.peakBytes;
    assert.ok(growth < 40 * mebibyte, `${growth} bytes`);
    assert.ok((await victim.settled()).memoryBytes - before.memoryBytes < 2 * mebibyte);
  });

  test(`CVE-2018-1000518 a bomb in fragments, and one that refers to what was before, our ${role}`, async (t) => {
    const inFragments = await connect(t, role);
    inFragments.raw.write(compressed(role, bomb(), 50));
    await isRefused(inFragments);
    const context = new DeflateByHand();
    const referring = await connect(t, role);
    let messages = 0;
    referring.victim.on('message', () => messages++);
    for (let i = 0; i < 3; i++) {
      referring.raw.write(compressed(role, context.deflate(Buffer.alloc(mebibyte, 'ab'))));
    }
    referring.raw.write(compressed(role, context.deflate(Buffer.alloc(64 * mebibyte, 'ab'))));
    await isRefused(referring);
    assert.equal(messages, 3, 'what was before the bomb has arrived');
  });

  test(`CVE-2026-54490 the limit holds on the wire, inflated, and across fragments, our ${role}`, async (t) => {
    const random = seededRandom(t);
    const limit = { maxPayload: 1000 };
    const deflated = (message: Buffer) => new DeflateByHand().deflate(message);
    const refused: readonly [string, Buffer][] = [
      ['inflated', compressed(role, deflated(Buffer.alloc(1001)))],
      ['inflated, in fragments', compressed(role, deflated(Buffer.alloc(1001)), 3)],
      ['each fragment is within', compressed(role, deflated(random.bytes(1800)), 2)],
      [
        'on the wire, of which only the header is sent',
        compressed(role, random.bytes(2000)).subarray(0, 8),
      ],
      ['not compressed', hostileFrame(role, Opcode.binary, Buffer.alloc(1001))],
    ];
    for (const [name, bytes] of refused) {
      const hostile = await connect(t, role, limit);
      hostile.raw.write(bytes);
      await isRefused(hostile).catch((error: unknown) => {
        throw new Error(name, { cause: error });
      });
    }
    for (const fragments of [1, 3]) {
      const { raw, victim } = await connect(t, role, limit);
      raw.write(compressed(role, deflated(Buffer.alloc(1000)), fragments));
      const [data] = (await once(victim, 'message')) as [Buffer];
      assert.equal(data.length, 1000);
    }
  });

  test(`centrifugal/centrifugo#1162 a bomb as the very first message, with the handshake, our ${role}`, async (t) => {
    const hostile = await connect(t, role, { early: compressed(role, bomb()) });
    await isRefused(hostile);
    assert.equal(hostile.victim.listenerCount('message'), 0);
  });

  test(`CVE-2022-21676 cut in the midst of compression, by either end: the process lives, our ${role}`, async (t) => {
    const random = seededRandom(t);
    const large = Buffer.concat([random.bytes(200_000), Buffer.alloc(600_000)]);
    const payload = compressed(role, new DeflateByHand().deflate(large));
    const cuts: ((hostile: Hostile) => void)[] = [
      ({ raw }) => raw.resetAndDestroy(),
      ({ raw }) => raw.destroy(),
      ({ victim }) => victim.terminate(),
      ({ victim }) => victim._socket!.destroy(new Error('the network is gone')),
      ({ victim, raw }) => {
        victim.close(1000);
        raw.resetAndDestroy();
      },
    ];
    for (const cut of cuts) {
      for (const turns of [0, 1, 2, 5]) {
        const hostile = await connect(t, role);
        hostile.raw.write(payload);
        hostile.raw.write(payload.subarray(0, 1000));
        let told = 0;
        for (let i = 0; i < 4; i++) hostile.victim.send(large, () => told++);
        for (let turn = 0; turn < turns; turn++)
          await new Promise((resolve) => setImmediate(resolve));
        cut(hostile);
        await hostile.closed;
        await new Promise((resolve) => setImmediate(resolve));
        assert.equal(told, 4, 'each callback was called');
      }
    }
  });

  for (let bits = 8; bits <= 15; bits++) {
    test(`nodejs/node#14847 a window of ${bits} bits both ways: every message is itself, our ${role}`, async (t) => {
      const line = `${header}; server_max_window_bits=${bits}; client_max_window_bits=${bits}`;
      const hostile = await connect(t, role, { lines: [line] });
      const { raw, victim, rest } = hostile;
      victim.on('message', (data, isBinary) => victim.send(data, { binary: isBinary }));
      // Repeats near and far, further than any of the windows.
      const block = seededRandom(t).bytes(251);
      const messages = [1, 10, 200].map((times) =>
        Buffer.concat(Array.from({ length: times }, (_, i) => [block, Buffer.alloc(i)]).flat()),
      );
      const [there, back] = [new DeflateByHand(bits), new DeflateByHand(bits)];
      for (const message of messages) raw.write(compressed(role, there.deflate(message)));
      let bytes = rest;
      let wereCompressed = 0;
      for (const message of messages) {
        let read = decodeFrame(bytes);
        while (read === undefined) {
          const [chunk] = (await once(raw, 'data')) as [Buffer];
          bytes = Buffer.concat([bytes, chunk]);
          read = decodeFrame(bytes);
        }
        const { payload, rsv1 } = read.frame;
        bytes = bytes.subarray(read.bytesRead);
        if (rsv1) wereCompressed++;
        assert.ok((rsv1 ? back.inflate(payload) : payload).equals(message), `${message.length}`);
      }
      assert.ok(wereCompressed >= 2, `${wereCompressed} of 3 came compressed`);
    });
  }
}

/** What no window size is. */
const noBits = ['0', '7', '16', '99', '8.5', '08', '-9', '1e1', '0x9', 'nine', '256', '4294967304'];

for (const parameter of ['server_max_window_bits', 'client_max_window_bits']) {
  test(`CVE-2026-2229 a server answers with a wrong ${parameter}: the handshake fails, nothing is thrown`, async (t) => {
    // In an answer both parameters need a value.
    const answers = [...noBits.map((bits) => `=${bits}`), '', '=', '=""'];
    const port = await startRaw(t, (request, socket) => {
      const at = Number(/\?(\d+)/.exec(request)?.[1]);
      socket.write(accepting(request, [`${header}; ${parameter}${answers[at]}`]));
    });
    for (const [at, answer] of answers.entries()) {
      const url = `ws://127.0.0.1:${port}/?${at}`;
      const error = await failureOf(new WebSocket(url, [], { perMessageDeflate: true }));
      assert.match(error.code, /^ERR_WS_EXTENSION/, answer);
      // And once more with nobody who listens.
      const alone = new WebSocket(url, [], { perMessageDeflate: true });
      assert.equal((await closeOf(alone)).code, 1006);
    }
  });

  test(`CVE-2026-2229 a client offers a wrong ${parameter}: declined, the connection is plain`, async (t) => {
    const { port } = await startServer(t, { perMessageDeflate: true });
    for (const bits of [...noBits, '9; server_max_window_bits=9; client_max_window_bits=9']) {
      const offer = upgradeRequest([`${header}; ${parameter}=${bits}`]);
      const { head, raw } = await acceptedBy(t, port, offer);
      assert.match(head, /^HTTP\/1\.1 101 /, bits);
      assert.doesNotMatch(head, /Sec-WebSocket-Extensions/i, bits);
      raw.destroy();
    }
  });
}
