/** A peer that cuts every message into frames of 1,300 bytes, as some libraries do. */
import { test } from 'node:test';
import {
  binary,
  converse,
  fragments,
  ping,
  pong,
  roles,
  text,
} from '../../../testing/conformance-peer.ts';

const letters = text('0123456789abcdef'.repeat(4096));
const bytes = binary(Buffer.alloc(65536, 0xfe));

for (const role of roles) {
  test(`§5.4 a text of 64 KiB in frames of 1,300 bytes, our ${role}`, (t) =>
    converse(t, role, { chops: fragments(letters, 1300), want: { frames: [letters] } }));

  test(`§5.4 bytes of 64 KiB in frames of 1,300 bytes and one write, our ${role}`, (t) =>
    converse(t, role, {
      chops: [{ frames: fragments(bytes, 1300) }],
      want: { frames: [bytes] },
    }));

  test(`§5.4 two such messages, a ping after every frame of the first, our ${role}`, (t) => {
    const pinged = fragments(letters, 1300).flatMap((frame) => [frame, ping('.')]);
    const pongs = pinged.filter(({ opcode }) => opcode === ping().opcode).map(() => pong('.'));
    // The last ping comes behind the last fragment, so its answer does too.
    const frames = [...pongs.slice(1), letters, pong('.'), bytes];
    const chops = [{ frames: [...pinged, ...fragments(bytes, 1300)] }];
    return converse(t, role, { chops, want: { frames } });
  });
}
