/** Fragments: what many of them cost, and that two senders do not mix theirs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Opcode, PreparedMessage } from '../../../src/websocket/index.ts';
import type { ConnectionOptions, Role } from '../../../src/websocket/index.ts';
import { describeFrame, roles } from '../../../testing/conformance-peer.ts';
import { costOf } from '../../../testing/copied-bytes.ts';
import type { Cost } from '../../../testing/copied-bytes.ts';
import { connectHostilePeer, hostileFrame } from '../../../testing/hostile-peers.ts';
import { recordProtocol } from '../../../testing/protocol-recorder.ts';

const smallest = 10_000;

/** A message of so many fragments that never ends, in chunks of a hundred. */
function costOfFragments(role: Role, count: number, size: number): Cost {
  const { protocol, events } = recordProtocol({ role });
  const part = hostileFrame(role, Opcode.continuation, Buffer.alloc(size, 'x'), { fin: false });
  const chunks = Array.from({ length: count / 100 }, () =>
    Buffer.concat(Array.from({ length: 100 }, () => part)),
  );
  protocol.receive(hostileFrame(role, Opcode.text, 'x', { fin: false }));
  const cost = costOf(() => {
    for (const chunk of chunks) protocol.receive(chunk);
  });
  assert.deepEqual(events, []);
  return cost;
}

/** One frame that arrives byte by byte. */
function costOfBytes(role: Role, count: number): Cost {
  const { protocol, events } = recordProtocol({ role });
  const frame = hostileFrame(role, Opcode.text, Buffer.alloc(count, 'x'));
  const chunks = [...frame.subarray(0, -1)].map((byte) => Buffer.from([byte]));
  const cost = costOf(() => {
    for (const chunk of chunks) protocol.receive(chunk);
  });
  assert.deepEqual(events, []);
  return cost;
}

/** Work that doubles with its input at most doubles, but for what is there at the start. */
function assertLinear(costs: readonly Cost[]): void {
  for (const key of ['copiedBytes', 'allocatedBytes', 'calls'] as const) {
    const [once = 0, twice = 0, fourTimes = 0] = costs.map((cost) => cost[key] + 1024);
    const numbers = `${key}: ${once}, ${twice}, ${fourTimes}`;
    assert.ok(twice / once < 2.5 && fourTimes / twice < 2.5, numbers);
  }
}

for (const role of roles) {
  test(`CVE-2026-65623 10,000, 20,000 and 40,000 fragments: the work doubles, our ${role}`, () => {
    for (const size of [1, 20]) {
      assertLinear([1, 2, 4].map((times) => costOfFragments(role, times * smallest, size)));
    }
  });

  test(`CVE-2026-48779 one-byte chunks of one frame: the work doubles, our ${role}`, () => {
    const costs = [1, 2, 4].map((times) => costOfBytes(role, times * smallest));
    assertLinear(costs);
    // The frame has one buffer, allocated from its header.
    assert.ok(costs[2]!.allocatedBytes < 4 * smallest + 1024, `${costs[2]!.allocatedBytes}`);
  });

  test(`CVE-2026-48779 131,000 one-byte fragments have one buffer, our ${role}`, () => {
    const { allocatedBytes } = costOfFragments(role, 131_000, 1);
    // What was allocated on the way to it is let go, and together less than twice its size.
    assert.ok(allocatedBytes < 4 * 131_072, `${allocatedBytes} bytes`);
  });

  test(`CVE-2026-12151 empty fragments cost nothing, our ${role}`, () => {
    const { allocatedBytes, copiedBytes } = costOfFragments(role, 131_000, 0);
    assert.ok(allocatedBytes <= 1024 && copiedBytes <= 1024, `${allocatedBytes}, ${copiedBytes}`);
  });

  test(`CVE-2026-12151 maxFragments ends a message of too many, empty ones too, our ${role}`, async (t) => {
    const options: ConnectionOptions = { maxFragments: 100 };
    const { peer, victim, closed } = await connectHostilePeer(t, role, options);
    const part = { opcode: 0, payload: Buffer.alloc(0), fin: false };
    await peer.send({
      frames: [{ ...part, opcode: 1 }, ...Array.from({ length: 99 }, () => part)],
    });
    await peer.send({ opcode: Opcode.ping, payload: Buffer.from('still there?') });
    await peer.frames(1);
    await peer.send(part);
    peer.endAfterClose();
    await closed;
    assert.equal(victim.outcome?.error?.code, 'ERR_WS_TOO_MANY_FRAGMENTS');
    await peer.ended;
    assert.deepEqual(peer.received.map(describeFrame), ['pong "still there?"', 'close 1008']);
  });

  test(`gorilla/websocket#957 two senders in fragments at once: no frame is out of order, our ${role}`, async (t) => {
    const { peer, victim, raw } = await connectHostilePeer(t, role);
    const prepared = new PreparedMessage('prepared');
    for (let round = 0; round < 50; round++) {
      // While the peer does not read, what is sent waits, and is put in order later.
      if (round === 10) raw.pause();
      if (round === 40) raw.resume();
      for (const sender of ['a', 'b']) {
        victim.send(`${sender}1`, { fin: false });
        victim.send(prepared);
        victim.ping(sender);
        victim.send(new Blob([`${sender}2`]), { fin: false });
        victim.send(Buffer.from(`${sender}3`), { fin: sender === 'b' });
      }
      victim.send(Buffer.alloc(64 * 1024, round));
    }
    victim.close(1000);
    peer.endAfterClose();
    const wanted = 50 * (6 + 2 + 1) + 50 * 2 + 1;
    await peer.frames(wanted);
    let unfinished = false;
    const messages: string[] = [];
    for (const { opcode, fin = true, payload } of peer.received) {
      if (opcode >= Opcode.close) continue;
      assert.equal(opcode === Opcode.continuation, unfinished, `opcode ${opcode}`);
      if (unfinished) messages.push(messages.pop()! + payload.toString());
      else messages.push(payload.length < 100 ? payload.toString() : `${payload.length} bytes`);
      unfinished = !fin;
    }
    const round = ['a1a2a3b1b2b3', 'prepared', 'prepared', '65536 bytes'];
    assert.deepEqual(messages, Array.from({ length: 50 }, () => round).flat());
    await peer.send({ opcode: Opcode.close, payload: peer.received.at(-1)!.payload });
  });
}
