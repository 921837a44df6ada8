/** Compressed messages of all kinds and sizes, echoed by both roles; the judge is plain zlib. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import {
  binary,
  close,
  connectPeer,
  describeFrame,
  ping,
  roles,
  text,
} from '../../../testing/conformance-peer.ts';
import type { PeerFrame } from '../../../testing/conformance-peer.ts';
import { PeerDeflate } from '../../../testing/deflate-peer.ts';
import { SeededRandom } from '../../../testing/seeded-random.ts';
import type { Role } from '../../../src/websocket/index.ts';

const sizes = [16, 64, 256, 1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072];
const random = new SeededRandom(7692);

/** Text that repeats itself as JSON does, and is never the same. */
function json(length: number): Buffer {
  const events = ['"joined"', '"left"', '"says"', '"is typing"'];
  let written = '[';
  while (written.length < length) {
    const id = random.below(100_000);
    written += `{"event":${random.pick(events)},"id":${id},"room":"r${id % 7}"},`;
  }
  return Buffer.from(written).subarray(0, length);
}

/** Letters of two, three and four bytes; filled up with spaces. */
function manyScripts(length: number): Buffer {
  const letters = ['é', 'ß', '北', '京', '🎈', 'я', ' '];
  let parts = '';
  while (parts.length * 4 < length - 8) parts += random.pick(letters);
  const bytes = Buffer.alloc(length, 0x20);
  bytes.write(parts);
  return bytes;
}

const contents: { name: string; make: (size: number) => PeerFrame }[] = [
  { name: 'JSON', make: (size) => text(json(size)) },
  { name: 'text of many scripts', make: (size) => text(manyScripts(size)) },
  { name: 'random bytes', make: (size) => binary(random.bytes(size)) },
  { name: 'zeros', make: (size) => binary(Buffer.alloc(size)) },
];

/** Sends messages, each in frames of `every` bytes; all of them have to come back in order. */
async function echo(
  t: TestContext,
  role: Role,
  {
    messages,
    extensions,
    every = Infinity,
    directions = {},
  }: {
    messages: readonly PeerFrame[];
    extensions: string;
    every?: number;
    directions?: ConstructorParameters<typeof PeerDeflate>[1];
  },
): Promise<void> {
  const connected = await connectPeer(t, role, { perMessageDeflate: true, extensions });
  if (role === 'server') assert.equal(connected.extensions, extensions);
  const { peer, closed } = connected;
  const deflate = new PeerDeflate(t, directions);
  for (const message of messages) {
    await peer.send({ frames: await deflate.frames(message, every) });
  }
  // Behind all answers, for it is the last thing our end is asked.
  await peer.frames(messages.length);
  await peer.send(close(1000));
  peer.endAfterClose();
  assert.equal(await peer.ended, 0);
  const answered = await deflate.messages(peer.received);
  assert.deepEqual(answered.map(describeFrame), messages.map(describeFrame));
  const compressed = peer.received.filter(({ rsv }) => rsv === 4).length;
  const long = messages.filter(({ payload }) => payload.length >= 1024).length;
  assert.ok(compressed >= long, 'our end compresses too');
  assert.equal((await closed).code, 1000);
  peer.received.length = 0;
}

for (const role of roles) {
  for (const { name, make } of contents) {
    for (const size of sizes) {
      const count = Math.max(8, Math.min(100, (512 * 1024) / size));
      const messages = () => Array.from({ length: count }, () => make(size));
      test(`RFC 7692 §7.2 ${name} in messages of ${size} bytes, our ${role}`, (t) =>
        echo(t, role, { messages: messages(), extensions: 'permessage-deflate' }));
    }
  }
  for (const size of sizes.filter((bytes) => bytes >= 1024)) {
    const count = Math.max(8, Math.min(100, (512 * 1024) / size));
    test(`RFC 7692 §6.1 JSON of ${size} bytes in frames of 256, our ${role}`, (t) => {
      const messages = Array.from({ length: count }, () => text(json(size)));
      return echo(t, role, { messages, extensions: 'permessage-deflate', every: 256 });
    });
  }
}

/** `server_no_context_takeover; ...`, and what it means for the two sides. */
const agreements = [9, 15].flatMap((serverBits) =>
  [9, 15].flatMap((clientBits) =>
    [true, false].flatMap((serverKeeps) =>
      [true, false].map((clientKeeps) => ({
        parameters: [
          ...(serverKeeps ? [] : ['server_no_context_takeover']),
          ...(clientKeeps ? [] : ['client_no_context_takeover']),
          `server_max_window_bits=${serverBits}`,
          `client_max_window_bits=${clientBits}`,
        ].join('; '),
        server: { windowBits: serverBits, contextTakeover: serverKeeps },
        client: { windowBits: clientBits, contextTakeover: clientKeeps },
      })),
    ),
  ),
);

for (const role of roles) {
  for (const { parameters, server, client } of agreements) {
    test(`RFC 7692 §7.1 ${parameters}, our ${role}`, (t) => {
      const messages = [0, 1, 100, 1024, 5000, 40_000, 100, 0, 5000].flatMap((size) => [
        text(json(size)),
        binary(json(size)),
      ]);
      const [ours, peer] = role === 'server' ? [server, client] : [client, server];
      const extensions = `permessage-deflate; ${parameters}`;
      return echo(t, role, { messages, extensions, every: 1000, directions: { ours, peer } });
    });
  }
}

const failures = [
  {
    name: 'RFC 7692 §6.1 RSV1 on a continuation',
    code: 1002,
    error: 'ERR_WS_RESERVED_BITS',
    make: ([first, second]: PeerFrame[]) => [first!, { ...second!, rsv: 4 }],
  },
  {
    name: 'RFC 7692 §6.1 RSV1 on a control frame',
    code: 1002,
    error: 'ERR_WS_RESERVED_BITS',
    make: ([first]: PeerFrame[]) => [first!, { ...ping('x'), rsv: 4 }],
  },
  {
    name: 'RFC 7692 §6 RSV2, which nobody has defined',
    code: 1002,
    error: 'ERR_WS_RESERVED_BITS',
    make: ([first]: PeerFrame[]) => [{ ...first!, rsv: 2 }],
  },
  {
    name: 'RFC 7692 §7.2.2 bytes that do not inflate',
    code: 1007,
    error: 'ERR_WS_INFLATE',
    make: () => [{ ...text('no deflate'), rsv: 4 }],
  },
  {
    name: '§8.1 compressed text that is not UTF-8',
    code: 1007,
    error: 'ERR_WS_INVALID_UTF8',
    // A stored block of the byte FF.
    make: () => [{ ...text(Buffer.from([0, 1, 0, 0xfe, 0xff, 0xff, 0])), rsv: 4 }],
  },
];

for (const role of roles) {
  for (const { name, code, error, make } of failures) {
    test(`${name}, our ${role}`, async (t) => {
      const extensions = 'permessage-deflate';
      const { peer, closed } = await connectPeer(t, role, { perMessageDeflate: true, extensions });
      const deflate = new PeerDeflate(t);
      await peer.send({ frames: make(await deflate.frames(text('Hello, hello'), 8)) });
      peer.endAfterClose();
      assert.equal(await peer.ended, 0);
      const codes = peer.received.filter(({ opcode }) => opcode === close(1000).opcode);
      assert.deepEqual(codes.map(describeFrame), [describeFrame(close(code))]);
      assert.equal((await closed).error, error);
    });
  }

  test(`RFC 7692 §6.1 pings between the fragments of a compressed message, our ${role}`, async (t) => {
    const extensions = 'permessage-deflate';
    const { peer, closed } = await connectPeer(t, role, { perMessageDeflate: true, extensions });
    const deflate = new PeerDeflate(t);
    const message = text(json(4000));
    const parts = await deflate.frames(message, 100);
    await peer.send({ frames: parts.flatMap((frame) => [ping('.'), frame]) });
    await peer.frames(parts.length + 1);
    await peer.send(close(1000));
    peer.endAfterClose();
    assert.equal(await peer.ended, 0);
    const answered = await deflate.messages(peer.received);
    assert.deepEqual(answered.map(describeFrame), [describeFrame(message)]);
    assert.equal((await closed).code, 1000);
  });
}
