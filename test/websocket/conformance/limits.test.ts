/** Large messages and many of them: in frames, fragments and chops of all sizes, in seconds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  binary,
  close,
  connectPeer,
  converse,
  fragments,
  rawHeader,
  roles,
  text,
} from '../../../testing/conformance-peer.ts';
import type { ConformanceCase, Cut, PeerFrame } from '../../../testing/conformance-peer.ts';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const raised = { maxPayload: 16 * mebibyte };

const kinds = {
  // Whole characters only, and what is left over in ASCII.
  text: (bytes: number) => {
    const pattern = Buffer.from('Příliš žluťoučký kůň 😀 ');
    const count = Math.floor(bytes / pattern.length);
    const rest = Buffer.alloc(bytes - count * pattern.length, '.');
    return text(Buffer.concat([Buffer.alloc(count * pattern.length, pattern), rest]));
  },
  binary: (bytes: number) => binary(Buffer.alloc(bytes, Buffer.from('00fe80ff7f01c0', 'hex'))),
};

/** One message and the way it is cut; made when its test runs, for together they are large. */
interface Large {
  name: string;
  kind: keyof typeof kinds;
  bytes: number;
  cut: (message: PeerFrame) => Cut;
}

function sizeName(bytes: number): string {
  if (bytes < kibibyte) return `${bytes} bytes`;
  return bytes < mebibyte ? `${bytes / kibibyte} KiB` : `${bytes / mebibyte} MiB`;
}

const whole = (kind: keyof typeof kinds, bytes: number): Large => ({
  name: `§5.2 ${kind}: ${sizeName(bytes)} in one frame`,
  kind,
  bytes,
  cut: (message) => ({ frames: [message] }),
});
const inFragments = (kind: keyof typeof kinds, bytes: number, size: number): Large => ({
  name: `§5.4 ${kind}: ${sizeName(bytes)} in fragments of ${sizeName(size)}`,
  kind,
  bytes,
  cut: (message) => ({ frames: fragments(message, size) }),
});
const inChops = (kind: keyof typeof kinds, bytes: number, every: number): Large => ({
  name: `§5.2 ${kind}: ${sizeName(bytes)} in chops of ${sizeName(every)}`,
  kind,
  bytes,
  cut: (message) => ({ frames: [message], every }),
});

const cases: Large[] = [
  ...(['text', 'binary'] as const).flatMap((kind) => [
    ...[64 * kibibyte, 256 * kibibyte, mebibyte, 4 * mebibyte, 16 * mebibyte].map((bytes) =>
      whole(kind, bytes),
    ),
    ...[256, 4 * kibibyte, 64 * kibibyte, mebibyte].map((size) =>
      inFragments(kind, 4 * mebibyte, size),
    ),
    inChops(kind, 4 * mebibyte, 2 * kibibyte),
  ]),
  inFragments('text', 16 * mebibyte, 64),
  inFragments('binary', 4 * mebibyte, 64),
  inChops('text', mebibyte, 64),
  inChops('binary', 4 * mebibyte, 512),
];

const tooBig: ConformanceCase[] = [
  {
    name: '§10.4 one byte more than the limit is refused when it is announced',
    chops: [rawHeader('82 7f 00 00 00 00 01 00 00 01')],
    want: { frames: [], close: 1009, error: 'ERR_WS_MESSAGE_TOO_BIG' },
  },
  {
    name: '§10.4 a message of 2^60 bytes is refused when it is announced',
    chops: [rawHeader('82 7f 10 00 00 00 00 00 00 00')],
    want: { frames: [], close: 1009, error: 'ERR_WS_MESSAGE_TOO_BIG' },
  },
  {
    name: '§10.4 the limit counts a whole message, whatever its fragments',
    chops: [{ frames: fragments(binary(Buffer.alloc(16 * mebibyte + 1)), mebibyte) }],
    want: { frames: [], close: 1009, error: 'ERR_WS_MESSAGE_TOO_BIG' },
  },
];

for (const role of roles) {
  for (const { name, kind, bytes, cut } of cases) {
    test(`${name}, our ${role}`, (t) => {
      const message = kinds[kind](bytes);
      return converse(t, role, { chops: [cut(message)], want: { frames: [message] } }, raised);
    });
  }
  for (const { name, chops, want } of tooBig) {
    test(`${name}, our ${role}`, (t) => converse(t, role, { chops, want }, raised));
  }

  for (const bytes of [0, 16, 256, 4 * kibibyte, 16 * kibibyte]) {
    test(`§5.6 500 messages of ${bytes} bytes at once, our ${role}`, (t) => {
      const messages = Array.from({ length: 500 }, (_, i) =>
        i % 2 === 0 ? kinds.text(bytes) : kinds.binary(bytes),
      );
      return converse(t, role, { chops: [{ frames: messages }], want: { frames: messages } });
    });
  }

  test(`§5.6 1,000 round trips of 64 bytes, our ${role}`, async (t) => {
    const { peer, closed } = await connectPeer(t, role);
    const message = kinds.binary(64);
    for (let i = 1; i <= 1000; i++) {
      await peer.send(message);
      await peer.frames(i);
    }
    await peer.send(close(1000));
    peer.endAfterClose();
    assert.equal((await closed).code, 1000);
    assert.ok(peer.received.slice(0, 1000).every(({ payload }) => payload.equals(message.payload)));
  });
}
