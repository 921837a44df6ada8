/** What an attacker can make a process hold, seen from outside of it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Opcode } from '../../../src/websocket/index.ts';
import type { Role } from '../../../src/websocket/index.ts';
import { roles } from '../../../testing/conformance-peer.ts';
import { hostileFrame } from '../../../testing/hostile-peers.ts';
import { startVictim } from '../../../testing/victims.ts';
import type { Victim, VictimFigures } from '../../../testing/victims.ts';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

const repeat = (frame: Buffer, count: number) =>
  Buffer.concat(Array.from({ length: count }, () => frame));

/** Sends a part of a message, so many times; resolves when the victim has read it all. */
async function sendFragments(victim: Victim, role: Role, raw: Socket, count: number, part: string) {
  raw.write(hostileFrame(role, Opcode.binary, part, { fin: false }));
  raw.write(repeat(hostileFrame(role, Opcode.continuation, part, { fin: false }), count - 1));
  raw.write(hostileFrame(role, Opcode.ping, 'read so far'));
  return await victim.until(({ pings }) => pings === 1);
}

/** How much more the victim holds with an unfinished message than without. */
async function growthBy(t: TestContext, role: Role, count: number, part: string): Promise<number> {
  const victim = await startVictim(t);
  // The first connection pays for what is there only once.
  const first = await victim.attack(role);
  await sendFragments(victim, role, first, count, part);
  first.destroy();
  await victim.until(({ closed }) => closed === 1);
  const raw = await victim.attack(role);
  const before = await victim.settled();
  await sendFragments(victim, role, raw, count, part);
  const after = await victim.settled();
  assert.equal(after.closed, 1, 'the connection is still open');
  return after.memoryBytes - before.memoryBytes;
}

for (const role of roles) {
  test(`CVE-2026-48779 131,000 one-byte fragments cost under 1 MB, our ${role}`, async (t) => {
    const growth = await growthBy(t, role, 131_000, 'x');
    assert.ok(growth < 1_000_000, `${growth} bytes`);
  });

  test(`CVE-2026-12151 131,000 empty fragments cost nothing, our ${role}`, async (t) => {
    const growth = await growthBy(t, role, 131_000, '');
    // Two bytes each would be more; what is left is the noise of a running process.
    assert.ok(growth < 256 * kibibyte, `${growth} bytes`);
  });

  test(`200,000 pings of a peer that reads nothing leave memory bounded, our ${role}`, async (t) => {
    const victim = await startVictim(t);
    const raw = await victim.attack(role);
    const before = await victim.settled();
    const thousand = repeat(hostileFrame(role, Opcode.ping, Buffer.alloc(125)), 1000);
    for (let i = 0; i < 200; i++) raw.write(thousand);
    const after = await victim.until(({ pings }) => pings === 200_000);
    assert.ok(after.bufferedBytes < 2 * mebibyte, `${after.bufferedBytes} bytes wait`);
    const { memoryBytes } = await victim.settled();
    const growth = memoryBytes - before.memoryBytes;
    assert.ok(growth < 4 * mebibyte, `${growth} bytes`);
    assert.ok(after.peakBytes - before.peakBytes < 64 * mebibyte, `${after.peakBytes} at most`);
  });
}

/** Queues 200 MB of messages with the operating system, and more than it takes. */
function sendTwoHundredMegabytes(role: Role, raw: Socket): number {
  const message = hostileFrame(role, Opcode.binary, Buffer.alloc(64 * 1000));
  for (let i = 0; i < 3125; i++) raw.write(message);
  return 3125;
}

/** What passes through leaves garbage, which the engine collects when it likes: not all 200 MB. */
const withGarbageBytes = 144 * mebibyte;

const peakGrowth = (before: VictimFigures, after: VictimFigures) =>
  after.peakBytes - before.peakBytes;

test('a peer that never reads 200 MB of echoes is not read either, our server', async (t) => {
  const victim = await startVictim(t);
  const raw = await victim.attack('server');
  const before = await victim.settled();
  const count = sendTwoHundredMegabytes('server', raw);
  let held = await victim.until(({ bufferedBytes }) => bufferedBytes > mebibyte);
  // The operating system may yet take some of it, and so much more is read.
  for (let unchanged = 0; unchanged < 50;) {
    const now = await victim.figures();
    unchanged = now.messages === held.messages ? unchanged + 1 : 0;
    held = now;
  }
  assert.ok(held.bufferedBytes < 3 * mebibyte, `${held.bufferedBytes} bytes wait`);
  assert.ok(held.messages < count / 2, `${held.messages} messages were read`);
  const holding = await victim.settled();
  assert.ok(holding.memoryBytes - before.memoryBytes < 8 * mebibyte, `${holding.memoryBytes}`);
  assert.ok(peakGrowth(before, holding) < 64 * mebibyte, `${peakGrowth(before, holding)} bytes`);
  // Once it reads, every echo comes.
  let received = 0;
  raw.on('data', (chunk: Buffer) => (received += chunk.length));
  raw.resume();
  const headerBytes = 4;
  while (received < count * (64 * 1000 + headerBytes)) await once(raw, 'data');
  const after = await victim.figures();
  assert.equal(after.messages, count);
  assert.ok(peakGrowth(before, after) < withGarbageBytes, `${peakGrowth(before, after)} bytes`);
});

test('a peer that never reads 200 MB of echoes fills the send queue and is closed, our client', async (t) => {
  const victim = await startVictim(t);
  const raw = await victim.attack('client');
  const before = await victim.settled();
  sendTwoHundredMegabytes('client', raw);
  // A client reads always: two ends that wait for each other would wait for ever.
  raw.on('drain', () => raw.destroy());
  const after = await victim.until(({ closed }) => closed === 1);
  assert.equal(after.error, 'ERR_WS_SEND_QUEUE_FULL');
  assert.ok(peakGrowth(before, after) < withGarbageBytes, `${peakGrowth(before, after)} bytes`);
  assert.ok((await victim.settled()).memoryBytes - before.memoryBytes < 2 * mebibyte);
});
