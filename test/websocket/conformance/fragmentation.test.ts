/** Messages in several frames, and what may come between them. */
import { test } from 'node:test';
import {
  begin,
  binary,
  close,
  continuation,
  converse,
  fragments,
  ping,
  pong,
  roles,
  text,
} from '../../../testing/conformance-peer.ts';
import type { ConformanceCase, PeerFrame } from '../../../testing/conformance-peer.ts';

const echoed = (...frames: PeerFrame[]) => ({ frames });
const outOfOrder = (...frames: PeerFrame[]) => ({
  frames,
  close: 1002,
  error: 'ERR_WS_FRAGMENT_ORDER',
});
const cutControl = { frames: [], close: 1002, error: 'ERR_WS_CONTROL_FRAGMENTED' };

const twoPings = [
  begin(text('one ')),
  ping('a'),
  begin(continuation('two ')),
  ping('b'),
  continuation('three'),
];
const twoMessages = [
  ...twoPings,
  ping('c'),
  begin(binary('four ')),
  ping('d'),
  continuation('five'),
];
const echoOfBoth = echoed(
  pong('a'),
  pong('b'),
  text('one two three'),
  pong('c'),
  pong('d'),
  binary('four five'),
);

/** Each is played in one write, in a write for each frame, and in chops of one byte. */
const sequences: { name: string; frames: PeerFrame[]; want: ConformanceCase['want'] }[] = [
  {
    name: '§5.4 a text in two fragments',
    frames: [begin(text('Hel')), continuation('lo')],
    want: echoed(text('Hello')),
  },
  {
    name: '§5.4 bytes in three fragments',
    frames: [begin(binary('a')), begin(continuation('b')), continuation('c')],
    want: echoed(binary('abc')),
  },
  {
    name: '§5.4 empty fragments around a full one',
    frames: [begin(text()), begin(continuation('x')), continuation()],
    want: echoed(text('x')),
  },
  {
    name: '§5.4 nothing but empty fragments',
    frames: [begin(text()), begin(continuation()), continuation()],
    want: echoed(text()),
  },
  {
    name: '§5.4 a message in 50 fragments of 1 byte',
    frames: fragments(text('0123456789'.repeat(5)), 1),
    want: echoed(text('0123456789'.repeat(5))),
  },
  {
    name: '§5.4 a ping between fragments is answered before the message is whole',
    frames: [begin(text('Hel')), ping('now'), continuation('lo')],
    want: echoed(pong('now'), text('Hello')),
  },
  {
    name: '§5.4 a pong between fragments',
    frames: [begin(text('Hel')), pong('unasked'), continuation('lo')],
    want: echoed(text('Hello')),
  },
  {
    name: '§5.4 pings around every fragment keep their places',
    frames: twoMessages,
    want: echoOfBoth,
  },
  {
    name: '§5.5.1 a close between fragments: the message is never whole',
    frames: [begin(text('Hel')), close(1000), continuation('lo')],
    want: echoed(),
  },
  {
    name: '§5.5 a ping in fragments',
    frames: [begin(ping('a')), continuation('b')],
    want: cutControl,
  },
  {
    name: '§5.5 a pong in fragments',
    frames: [begin(pong('a')), continuation('b')],
    want: cutControl,
  },
  { name: '§5.5 a close in fragments', frames: [begin(close(1000))], want: cutControl },
  {
    name: '§5.5 a ping in fragments, inside of a message',
    frames: [begin(text('x')), begin(ping('a')), continuation('b')],
    want: cutControl,
  },
  {
    name: '§5.4 a continuation at the very beginning',
    frames: [continuation('x'), text('after')],
    want: outOfOrder(),
  },
  {
    name: '§5.4 an unfinished continuation at the very beginning',
    frames: [begin(continuation('x')), continuation('y')],
    want: outOfOrder(),
  },
  {
    name: '§5.4 a continuation after a message in one frame',
    frames: [text('whole'), continuation('x'), text('after')],
    want: outOfOrder(text('whole')),
  },
  {
    name: '§5.4 a continuation after the last fragment',
    frames: [begin(text('Hel')), continuation('lo'), continuation('x')],
    want: outOfOrder(text('Hello')),
  },
  {
    name: '§5.4 a text inside of a text',
    frames: [begin(text('x')), text('y')],
    want: outOfOrder(),
  },
  {
    name: '§5.4 an unfinished message inside of another',
    frames: [begin(text('x')), begin(binary('y')), continuation('z')],
    want: outOfOrder(),
  },
  {
    name: '§5.4 a message inside of another, behind a ping',
    frames: [begin(binary('x')), ping('a'), binary('y')],
    want: outOfOrder(pong('a')),
  },
];

for (const role of roles) {
  for (const { name, frames, want } of sequences) {
    test(`${name}, in one chop, our ${role}`, (t) =>
      converse(t, role, { chops: [{ frames }], want }));
    test(`${name}, frame by frame, our ${role}`, (t) => converse(t, role, { chops: frames, want }));
    test(`${name}, in chops of 1, our ${role}`, (t) =>
      converse(t, role, { chops: [{ frames, every: 1 }], want }));
  }
}
