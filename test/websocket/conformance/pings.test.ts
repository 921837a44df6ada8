/** Pings, which are answered, and pongs, which are not. */
import { test } from 'node:test';
import { converse, ping, pong, roles, text } from '../../../testing/conformance-peer.ts';
import type { ConformanceCase } from '../../../testing/conformance-peer.ts';

const longest = Buffer.from(Array.from({ length: 125 }, (_, i) => 255 - i));
const ten = Array.from({ length: 10 }, (_, i) => `ping ${i}`);
const tooLong = { frames: [], close: 1002, error: 'ERR_WS_CONTROL_TOO_LONG' };

const cases: ConformanceCase[] = [
  { name: '§5.5.2 an empty ping', chops: [ping()], want: { frames: [pong()] } },
  {
    name: '§5.5.3 a ping with text comes back as it is',
    chops: [ping('are you there?')],
    want: { frames: [pong('are you there?')] },
  },
  {
    name: '§5.5.3 a ping with bytes that are no text comes back as it is',
    chops: [ping(Buffer.from('00fffe80c0ff', 'hex'))],
    want: { frames: [pong(Buffer.from('00fffe80c0ff', 'hex'))] },
  },
  { name: '§5.5 a ping of 125 bytes', chops: [ping(longest)], want: { frames: [pong(longest)] } },
  {
    name: '§5.5 a ping of 125 bytes in chops of 1',
    chops: [{ frames: [ping(longest)], every: 1 }],
    want: { frames: [pong(longest)] },
  },
  { name: '§5.5 a ping of 126 bytes', chops: [ping('x'.repeat(126))], want: tooLong },
  { name: '§5.5 a pong of 126 bytes', chops: [pong('x'.repeat(126))], want: tooLong },
  {
    name: '§5.5 a ping of 65536 bytes',
    chops: [{ frames: [ping('x'.repeat(65536))], less: 65536 }],
    want: tooLong,
  },
  {
    name: '§5.5.3 pongs that nobody asked for are not answered',
    chops: [pong(), pong('unasked')],
    want: { frames: [] },
  },
  {
    name: '§5.5.3 a ping behind a pong that nobody asked for',
    chops: [pong('unasked'), ping('asked')],
    want: { frames: [pong('asked')] },
  },
  {
    name: '§5.5.2 ten pings at once are answered in order',
    chops: [{ frames: ten.map(ping) }],
    want: { frames: ten.map(pong) },
  },
  {
    name: '§5.5.2 ten pings one after the other',
    chops: ten.map(ping),
    want: { frames: ten.map(pong) },
  },
  {
    name: '§5.5.2 ten pings in chops of 3',
    chops: [{ frames: ten.map(ping), every: 3 }],
    want: { frames: ten.map(pong) },
  },
  {
    name: '§5.5.2 a ping between two messages keeps its place',
    chops: [{ frames: [text('one'), ping('two'), text('three')] }],
    want: { frames: [text('one'), pong('two'), text('three')] },
  },
];

for (const role of roles) {
  for (const { name, chops, want } of cases) {
    test(`${name}, our ${role}`, (t) => converse(t, role, { chops, want }));
  }
}
