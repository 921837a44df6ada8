/** Lengths that wrap, overflow, lie or are too large, each told by its header alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloseCode, FrameParser, Opcode, ParserStep } from '../../../src/websocket/index.ts';
import {
  begin,
  binary,
  continuation,
  ping,
  rawHeader,
  roles,
} from '../../../testing/conformance-peer.ts';
import type { PeerFrame } from '../../../testing/conformance-peer.ts';
import { connectHostilePeer, hostileFrame } from '../../../testing/hostile-peers.ts';
import type { Hostile } from '../../../testing/hostile-peers.ts';
import { describeFrames, recordProtocol } from '../../../testing/protocol-recorder.ts';
import { seededRandom } from '../../../testing/seeded-random.ts';
import { hex } from '../../../testing/splits.ts';
import { answerTo, startServer, upgradeRequest } from '../../../testing/websocket-peers.ts';

const mebibyte = 1024 * 1024;
const tooBig = { code: 'ERR_WS_MESSAGE_TOO_BIG', close: CloseCode.messageTooBig };
const highBit = { code: 'ERR_WS_LENGTH_HIGH_BIT', close: CloseCode.protocolError };
const notMinimal = { code: 'ERR_WS_LENGTH_NOT_MINIMAL', close: CloseCode.protocolError };
const opcode = { code: 'ERR_WS_OPCODE', close: CloseCode.protocolError };

/** What our end says, and what is left of the connection. */
async function refusalOf(hostile: Hostile & { peer: { ended: Promise<number> } }) {
  const { victim, closed } = hostile;
  const { code } = await closed;
  return { code, error: victim.outcome?.error?.code };
}

/** The opcode and the code of the only frame that came back. */
function closeFrameOf(received: readonly PeerFrame[]): number[] {
  return received.flatMap((frame) => [frame.opcode, frame.payload.readUInt16BE(0)]);
}

/** Headers of a data frame, as for an unmasked one. Nothing follows any of them. */
const lengths = [
  { name: 'CVE-2026-1528 2^31', header: '82 7f 00 00 00 00 80 00 00 00', want: tooBig },
  { name: 'CVE-2026-1528 2^32 - 1', header: '82 7f 00 00 00 00 ff ff ff ff', want: tooBig },
  { name: 'CVE-2026-1528 2^32', header: '82 7f 00 00 00 01 00 00 00 00', want: tooBig },
  { name: 'CVE-2026-1528 2^53', header: '82 7f 00 20 00 00 00 00 00 00', want: tooBig },
  { name: 'CVE-2026-1528 2^63 - 1', header: '82 7f 7f ff ff ff ff ff ff ff', want: tooBig },
  { name: 'CVE-2026-1528 2^63', header: '82 7f 80 00 00 00 00 00 00 00', want: highBit },
  { name: 'CVE-2026-1528 2^64 - 1', header: '82 7f ff ff ff ff ff ff ff ff', want: highBit },
  {
    name: 'CVE-2026-54466 2^53 + 1, which no double holds',
    header: '82 7f 00 20 00 00 00 00 00 01',
    want: tooBig,
  },
  { name: 'CVE-2026-54466 5 in two bytes', header: '82 7e 00 05', want: notMinimal },
  {
    name: 'CVE-2026-54466 5 in eight bytes',
    header: '82 7f 00 00 00 00 00 00 00 05',
    want: notMinimal,
  },
  {
    name: 'CVE-2026-54466 65,535 in eight bytes',
    header: '82 7f 00 00 00 00 00 00 ff ff',
    want: notMinimal,
  },
  {
    name: 'ASPLes/nopoll#84 -1 as 64 bits',
    header: '81 7f ff ff ff ff ff ff ff ff',
    want: highBit,
  },
  {
    name: 'baresip/re#1584 a sum that wraps to 13',
    header: '82 7f ff ff ff ff ff ff ff ff',
    want: highBit,
  },
  {
    name: 'CVE-2016-10542 one byte over the limit',
    header: '82 7f 00 00 00 00 00 10 00 01',
    want: tooBig,
  },
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((number) => ({
    name: `CVE-2026-19204 2^40 bytes of opcode ${number}`,
    header: `8${number.toString(16)} 7f 00 00 01 00 00 00 00 00`,
    want: opcode,
  })),
];

for (const role of roles) {
  for (const { name, header, want } of lengths) {
    test(`${name}: refused by its header, our ${role}`, async (t) => {
      const { peer, ...hostile } = await connectHostilePeer(t, role);
      await peer.send(rawHeader(header));
      peer.endAfterClose();
      const refusal = await refusalOf({ ...hostile, peer });
      assert.deepEqual(refusal, { code: 1006, error: want.code });
      await peer.ended;
      assert.deepEqual(closeFrameOf(peer.received), [Opcode.close, want.close]);
    });
  }

  test(`CVE-2026-19204 an unknown opcode is refused by its first two bytes, our ${role}`, async (t) => {
    const { peer, raw, ...hostile } = await connectHostilePeer(t, role);
    raw.write(hex(role === 'server' ? '83 ff' : '83 7f'));
    peer.endAfterClose();
    const refusal = await refusalOf({ ...hostile, raw, peer });
    assert.equal(refusal.error, opcode.code);
  });

  test(`CVE-2020-27813 fragments under the limit, then a huge one: running sums hold, our ${role}`, async (t) => {
    for (const length of ['00 00 00 00 00 10 00 00', '7f ff ff ff ff ff ff ff']) {
      const { peer, ...hostile } = await connectHostilePeer(t, role);
      const most = begin(binary(Buffer.alloc(mebibyte - 1)));
      const between = [begin(continuation()), ping('between')];
      await peer.send({ frames: [most, ...between] });
      await peer.send(rawHeader(`80 7f ${length}`));
      peer.endAfterClose();
      assert.equal((await refusalOf({ ...hostile, peer })).error, tooBig.code);
      await peer.ended;
      assert.equal(peer.received[0]?.payload.toString(), 'between');
      assert.deepEqual(closeFrameOf(peer.received.slice(1)), [Opcode.close, tooBig.close]);
    }
  });

  test(`CVE-2020-27813 one byte fits where one is left, two do not, our ${role}`, () => {
    for (const [length, ends] of [
      ['x', 'binary'],
      ['xx', 'end'],
    ] as const) {
      const { protocol, events } = recordProtocol({ role, maxMessageBytes: 1000 });
      protocol.receive(hostileFrame(role, 2, Buffer.alloc(999), { fin: false }));
      protocol.receive(hostileFrame(role, Opcode.pong, 'a pong of others'));
      protocol.receive(hostileFrame(role, 0, length));
      assert.equal(events[1]?.split(' ')[0], ends);
    }
  });

  test(`CVE-2026-1528 nothing is allocated for a length that is refused, our ${role}`, (t) => {
    const allocations = [
      t.mock.method(Buffer, 'allocUnsafeSlow'),
      t.mock.method(Buffer, 'allocUnsafe'),
      t.mock.method(Buffer, 'alloc'),
    ];
    for (const { header } of lengths) {
      const { protocol, sent } = recordProtocol({ role });
      const bytes = hex(header);
      if (role === 'server') bytes[1]! |= 0b1000_0000;
      for (const { mock } of allocations) mock.resetCalls();
      protocol.receive(Buffer.concat([bytes, Buffer.from('mask')]));
      const sizes = allocations.flatMap(({ mock }) => mock.calls.map((call) => call.arguments[0]));
      assert.ok(
        sizes.every((size) => size < 1024),
        `${header}: ${sizes.join()}`,
      );
      if (role === 'server') assert.match(describeFrames(sent())[0] ?? '', /^fin 8 10/);
    }
  });

  test(`CVE-2020-13935 every step reads on, waits or ends, whatever the bytes, our ${role}`, (t) => {
    const random = seededRandom(t);
    for (let round = 0; round < 2000; round++) {
      const parser = new FrameParser({ expectMasked: role === 'server' });
      const bytes = random.bytes(1 + random.below(200));
      // Often a header that is right so far, with a length of the long kind.
      if (random.below(2) === 0) {
        bytes[0] = 0x82;
        bytes[1] = (role === 'server' ? 0x80 : 0) | random.pick([0, 5, 126, 127]);
      }
      let steps = 0;
      for (let at = 0; at < bytes.length && parser.error === undefined;) {
        const size = 1 + random.below(20);
        parser.push(bytes.subarray(at, at + size));
        at += size;
        for (let step = parser.next(); step !== ParserStep.needMore; step = parser.next()) {
          steps++;
          if (step === ParserStep.invalid) break;
        }
      }
      // A frame takes at least two bytes; it has one header, and no more pieces than bytes and one.
      assert.ok(steps <= 2 * bytes.length + 2, `${steps} steps for ${bytes.length} bytes`);
    }
  });
}

test('CVE-2026-54466 the drafts, whose lengths have no end, are not spoken', async (t) => {
  const { port } = await startServer(t);
  for (const version of ['0', '7', '8', '12', '14', '013', '13.0', '13, 8', '']) {
    const request = upgradeRequest().replace('Version: 13', `Version: ${version}`);
    const answer = await answerTo(t, port, request);
    assert.match(answer, /^HTTP\/1\.1 426 [^]*\r\nSec-WebSocket-Version: 13\r\n/, version);
  }
});
