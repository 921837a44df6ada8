/** Text that is UTF-8, text that is not, and how early that is noticed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeFrame } from '../../../src/websocket/index.ts';
import {
  begin,
  binary,
  continuation,
  converse,
  fragments,
  ping,
  pong,
  roles,
  text,
} from '../../../testing/conformance-peer.ts';
import type { ConformanceCase } from '../../../testing/conformance-peer.ts';
import { recordProtocol } from '../../../testing/protocol-recorder.ts';
import { hex } from '../../../testing/splits.ts';

const valid = [
  { name: 'ASCII with its controls', bytes: '00 09 0a 41 7e 7f' },
  { name: 'the first and last of 2 bytes', bytes: 'c2 80 df bf' },
  { name: 'the first and last of 3 bytes', bytes: 'e0 a0 80 ef bf bf' },
  { name: 'the first and last of 4 bytes', bytes: 'f0 90 80 80 f4 8f bf bf' },
  { name: 'the neighbours of the surrogates', bytes: 'ed 9f bf ee 80 80' },
  { name: 'the replacement character', bytes: 'ef bf bd' },
  { name: 'code points that are no characters', bytes: 'ef bf be f0 9f bf bf f3 bf bf be' },
  { name: 'a byte order mark', bytes: 'ef bb bf 41 ef bb bf' },
  { name: 'Czech, Chinese and a cat', bytes: Buffer.from('žluť 猫 😀').toString('hex') },
];

/** `wrong` counts the bytes of the text up to and with the first that no text can have there. */
const invalid = [
  { name: 'a lone continuation byte', bytes: '80', wrong: 1 },
  { name: 'a lone last continuation byte', bytes: 'bf', wrong: 1 },
  { name: 'an overlong slash in 2 bytes', bytes: 'c0 af', wrong: 1 },
  { name: 'the last overlong of 2 bytes', bytes: 'c1 bf', wrong: 1 },
  { name: 'an overlong slash in 3 bytes', bytes: 'e0 80 af', wrong: 2 },
  { name: 'the last overlong of 3 bytes', bytes: 'e0 9f bf', wrong: 2 },
  { name: 'an overlong slash in 4 bytes', bytes: 'f0 80 80 af', wrong: 2 },
  { name: 'the last overlong of 4 bytes', bytes: 'f0 8f bf bf', wrong: 2 },
  { name: 'the first high surrogate', bytes: 'ed a0 80', wrong: 2 },
  { name: 'the last low surrogate', bytes: 'ed bf bf', wrong: 2 },
  { name: 'a pair of surrogates', bytes: 'ed a0 bd ed b8 80', wrong: 2 },
  { name: 'the first code point above U+10FFFF', bytes: 'f4 90 80 80', wrong: 2 },
  { name: 'a first byte of code points far above', bytes: 'f5 80 80 80', wrong: 1 },
  { name: 'a first byte of 5', bytes: 'f8 88 80 80 80', wrong: 1 },
  { name: 'a first byte of 6', bytes: 'fc 84 80 80 80 80', wrong: 1 },
  { name: 'the byte FE', bytes: 'fe', wrong: 1 },
  { name: 'the byte FF', bytes: 'ff', wrong: 1 },
  { name: 'a letter for the last of 2 bytes', bytes: 'c3 41', wrong: 2 },
  { name: 'a letter for the second of 3 bytes', bytes: 'e2 41 ac', wrong: 2 },
  { name: 'a letter for the last of 3 bytes', bytes: 'e2 82 41', wrong: 3 },
  { name: 'a letter for the third of 4 bytes', bytes: 'f0 9f 41 80', wrong: 3 },
  { name: 'a letter for the last of 4 bytes', bytes: 'f0 9f 98 41', wrong: 4 },
  { name: 'a first byte inside of a character', bytes: 'e2 82 e2 82 ac', wrong: 3 },
];

const unfinished = [
  { name: '1 of 2 bytes', bytes: 'c3' },
  { name: '2 of 3 bytes', bytes: 'e2 82' },
  { name: '3 of 4 bytes', bytes: 'f0 9f 98' },
];

const prefix = Buffer.from('ok ž');
const failed = { close: 1007, error: 'ERR_WS_INVALID_UTF8' };

const cases: ConformanceCase[] = [
  ...valid.flatMap(({ name, bytes }) => {
    const message = text(hex(bytes));
    const want = { frames: [message] };
    return [
      { name: `§8.1 ${name}, in one frame`, chops: [message], want },
      { name: `§8.1 ${name}, cut in fragments of 1 byte`, chops: fragments(message, 1), want },
      { name: `§8.1 ${name}, in chops of 1`, chops: [{ frames: [message], every: 1 }], want },
    ];
  }),
  ...invalid.flatMap(({ name, bytes, wrong }) => {
    const payload = Buffer.concat([prefix, hex(bytes), Buffer.from(' and so on')]);
    const upToWrong = prefix.length + wrong;
    const unread = payload.length - upToWrong;
    return [
      {
        name: `§8.1 ${name}, in one frame`,
        chops: [text(payload), ping()],
        want: { frames: [], ...failed },
      },
      {
        // The rest is never sent: nothing but the wrong byte itself can end the connection.
        name: `§8.1 ${name}: failed by the very byte of an unfinished frame`,
        chops: [{ frames: [text(payload)], less: unread }],
        want: { frames: [], ...failed },
      },
      {
        name: `§8.1 ${name}: failed by the very byte, in chops of 1`,
        chops: [{ frames: [text(payload)], less: unread, every: 1 }],
        want: { frames: [], ...failed },
      },
      {
        name: `§8.1 ${name}: failed by the very fragment, and none before`,
        chops: [
          ...fragments(text(payload), 1).slice(0, upToWrong - 1),
          ping('alive'),
          ...fragments(text(payload), 1).slice(upToWrong - 1, upToWrong),
        ],
        want: { frames: [pong('alive')], ...failed },
      },
    ];
  }),
  ...unfinished.flatMap(({ name, bytes }) => {
    const payload = Buffer.concat([prefix, hex(bytes)]);
    return [
      {
        name: `§8.1 a text that ends after ${name} of a character`,
        chops: [text(payload), text('after')],
        want: { frames: [], ...failed },
      },
      {
        name: `§8.1 a text whose last fragment is empty, after ${name} of a character`,
        chops: [begin(text(payload)), ping('alive'), continuation(), text('after')],
        want: { frames: [pong('alive')], ...failed },
      },
    ];
  }),
  ...[...valid, ...invalid].map(({ name, bytes }) => ({
    name: `§5.6 bytes are not looked at: ${name}`,
    chops: [binary(hex(bytes)), ...fragments(binary(hex(bytes)), 1)],
    want: { frames: [binary(hex(bytes)), binary(hex(bytes))] },
  })),
  {
    name: '§8.1 a character around a ping',
    chops: [begin(text(hex('f0 9f'))), ping('?'), continuation(hex('98 80'))],
    want: { frames: [pong('?'), text('😀')] },
  },
  {
    name: '§8.1 a wrong byte after 64 KiB, in an unfinished frame',
    chops: [{ frames: [text(wrongAt(65536, 65536 * 2))], every: 997, less: 65535 }],
    want: { frames: [], ...failed },
  },
];

/** So many bytes, all letters but for one. */
function wrongAt(position: number, length: number): Buffer {
  const payload = Buffer.alloc(length, 'x');
  payload[position] = 0xff;
  return payload;
}

for (const role of roles) {
  for (const { name, chops, want } of cases) {
    test(`${name}, our ${role}`, (t) => converse(t, role, { chops, want }));
  }

  test(`§8.1 no byte before the wrong one fails the connection, our ${role}`, () => {
    for (const { name, bytes, wrong } of invalid) {
      const key = role === 'server' ? { maskingKey: 0x01020304 } : {};
      const payload = Buffer.concat([prefix, hex(bytes)]);
      const frame = encodeFrame({ opcode: 1, payload, fin: false, ...key });
      const { protocol, events } = recordProtocol({ role });
      const last = frame.length - payload.length + prefix.length + wrong - 1;
      for (const byte of frame.subarray(0, last)) protocol.receive(Buffer.from([byte]));
      assert.deepEqual(events, [], name);
      protocol.receive(Buffer.from([frame[last]!]));
      assert.match(events.join(), /^end,closed \d+ ERR_WS_INVALID_UTF8$/, name);
    }
  });
}
