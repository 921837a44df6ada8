/** Opcodes that are not defined. */
import { test } from 'node:test';
import {
  begin,
  converse,
  ping,
  rawHeader,
  reserved,
  roles,
  text,
} from '../../../testing/conformance-peer.ts';
import type { ConformanceCase } from '../../../testing/conformance-peer.ts';

const want = { frames: [text('before')], close: 1002, error: 'ERR_WS_OPCODE' };

const cases: ConformanceCase[] = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode) => [
  {
    name: `§5.2 opcode ${opcode} without a payload`,
    chops: [text('before'), reserved(opcode), ping()],
    want,
  },
  {
    name: `§5.2 opcode ${opcode} with a payload, between two messages in one chop`,
    chops: [{ frames: [text('before'), reserved(opcode, 'x'), text('after'), ping()] }],
    want,
  },
  {
    name: `§5.2 opcode ${opcode} in chops of 1`,
    chops: [{ frames: [text('before'), reserved(opcode, 'x'), ping()], every: 1 }],
    want,
  },
  {
    name: `§5.2 opcode ${opcode} as a fragment of a message`,
    chops: [text('before'), begin(text('x')), begin(reserved(opcode, 'y'))],
    want,
  },
  {
    name: `§5.2 opcode ${opcode} is refused before its payload of 2^40 bytes`,
    chops: [text('before'), rawHeader(`8${opcode.toString(16)} 7f 00 00 01 00 00 00 00 00`)],
    want,
  },
]);

for (const role of roles) {
  for (const { name, chops, want } of cases) {
    test(`${name}, our ${role}`, (t) => converse(t, role, { chops, want }));
  }
}
