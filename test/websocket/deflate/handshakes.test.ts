/** The negotiation over sockets: every window in both roles, and a bomb as the first message. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';
import type { Role } from '../../../src/websocket/index.ts';
import {
  close,
  connectPeer,
  describeFrame,
  roles,
  text,
} from '../../../testing/conformance-peer.ts';
import type { PeerFrame } from '../../../testing/conformance-peer.ts';
import { PeerDeflate } from '../../../testing/deflate-peer.ts';
import { closeOf, startClient, startServer } from '../../../testing/websocket-peers.ts';

const allBits = Array.from({ length: 18 }, (_, bits) => String(bits));
const wrongValues = ['08', '8.5', '+9', '1e1', '99999999999999999999', 'constructor', '-8'];
const isWindow = (value: string) => /^(8|9|1[0-5])$/.test(value);
/** Long enough to refer back beyond every window, in words that come again. */
const long = Array.from({ length: 9000 }, (_, i) => `word${(i * 7919) % 1000}`).join(' ');

/** Has our end echo, with this agreed on: `windowBits` both ways, or nothing. */
async function echoes(
  t: TestContext,
  role: Role,
  extensions: string,
  windows: { peer?: number; ours?: number } | undefined,
): Promise<void> {
  const { peer, closed } = await connectPeer(t, role, { perMessageDeflate: true, extensions });
  const { peer: peerBits = 15, ours = 15 } = windows ?? {};
  const deflate = new PeerDeflate(t, {
    peer: { windowBits: peerBits, contextTakeover: true },
    ours: { windowBits: ours, contextTakeover: true },
  });
  const messages = [text('a'), text(long), text(long)];
  for (const message of messages) {
    await peer.send({ frames: windows === undefined ? [message] : await deflate.frames(message) });
  }
  await peer.frames(messages.length);
  await peer.send(close(1000));
  peer.endAfterClose();
  await peer.ended;
  const answered = await deflate.messages(peer.received);
  assert.deepEqual(answered.map(describeFrame), messages.map(describeFrame), extensions);
  const isCompressed = ({ rsv }: PeerFrame) => rsv === 4;
  assert.equal(peer.received.some(isCompressed), windows !== undefined, extensions);
  assert.equal((await closed).code, 1000);
}

for (const value of [...allBits, ...wrongValues]) {
  const bits = Number(value);
  const good = isWindow(value);
  const [offered, answered] = good ? ['accepted', 'kept'] : ['declined', 'refused'];
  const windowOf = (side: 'peer' | 'ours') => (good ? { [side]: bits } : undefined);
  // zlib compresses with 9 bits where 8 were asked for: so does the peer, within 8.
  test(`RFC 7692 §7.1.2 an offer of ${value} bits is ${offered}`, async (t) => {
    const server = `permessage-deflate; server_max_window_bits=${value}`;
    await echoes(t, 'server', server, windowOf('ours'));
    const client = `permessage-deflate; client_max_window_bits=${value}`;
    await echoes(t, 'server', client, windowOf('peer'));
  });

  test(`RFC 7692 §7.1.2 an answer of ${value} bits is ${answered}`, async (t) => {
    const answers = [
      { extensions: `permessage-deflate; server_max_window_bits=${value}`, side: 'peer' },
      { extensions: `permessage-deflate; client_max_window_bits=${value}`, side: 'ours' },
    ] as const;
    for (const { extensions, side } of answers) {
      if (good) {
        await echoes(t, 'client', extensions, windowOf(side));
        continue;
      }
      const refused = connectPeer(t, 'client', { perMessageDeflate: true, extensions });
      await assert.rejects(refused, (error: Error & { code?: string }) => {
        const code = error.code ?? (error.cause as { code?: string } | undefined)?.code;
        return /^ERR_WS_EXTENSION/.test(code ?? '');
      });
    }
  });
}

test('RFC 7692 §7.1 a server without compression answers with none, and all is plain', async (t) => {
  const { server, url } = await startServer(t);
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  const client = startClient(t, url, [], { perMessageDeflate: true });
  await once(client, 'open');
  assert.equal(client.extensions, '');
  client.send(long);
  assert.equal(String(((await once(client, 'message')) as [Buffer])[0]), long);
});

const bomb = deflateRawSync(Buffer.alloc(64 * 1024 * 1024), {
  level: 9,
  finishFlush: constants.Z_SYNC_FLUSH,
}).subarray(0, -4);

for (const role of roles) {
  test(`RFC 7692 §8 a bomb as the first message is stopped with 1009, our ${role}`, async (t) => {
    const extensions = 'permessage-deflate';
    const options = { perMessageDeflate: true, extensions };
    const { peer, closed, subject } = await connectPeer(t, role, options);
    assert.ok(bomb.length < 66_000);
    let messages = 0;
    subject.on('message', () => messages++);
    const before = process.memoryUsage.rss();
    await peer.send({ ...text(bomb), rsv: 4 });
    peer.endAfterClose();
    assert.equal((await closed).error, 'ERR_WS_MESSAGE_TOO_BIG');
    await peer.ended;
    const grown = process.memoryUsage.rss() - before;
    assert.ok(grown < 32 * 1024 * 1024, `${grown} bytes more`);
    assert.deepEqual(peer.received.map(describeFrame), ['close 1009']);
    assert.equal(messages, 0);
  });

  test(`RFC 7692 §8 a bomb over fragments, and one that a context makes, our ${role}`, async (t) => {
    for (const every of [1000, Infinity]) {
      const extensions = 'permessage-deflate';
      const options = { perMessageDeflate: true, extensions, maxPayload: 10_000 };
      const { peer, closed } = await connectPeer(t, role, options);
      const deflate = new PeerDeflate(t);
      const first = await deflate.frames(text('x'.repeat(10_000)));
      const second = await deflate.frames(text('x'.repeat(10_001)), every === 1000 ? 3 : every);
      await peer.send({ frames: [...first, ...second] });
      peer.endAfterClose();
      assert.equal((await closed).error, 'ERR_WS_MESSAGE_TOO_BIG');
      await peer.ended;
      const codes = peer.received.filter(({ opcode }) => opcode === close(1000).opcode);
      assert.deepEqual(codes.map(describeFrame), ['close 1009']);
    }
  });
}

test('twenty bombs in one write: the first ends it, the others are not read', async (t) => {
  const options = { perMessageDeflate: true, extensions: 'permessage-deflate' };
  const { peer, closed, subject } = await connectPeer(t, 'server', options);
  const ended = closeOf(subject);
  const frame = { ...text(bomb), rsv: 4 };
  await peer.send({ frames: Array.from({ length: 20 }, () => frame) });
  assert.equal((await closed).error, 'ERR_WS_MESSAGE_TOO_BIG');
  assert.equal((await ended).code, 1006);
});
