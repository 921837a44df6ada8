/** RSV bits without an extension that gives them a meaning. */
import { test } from 'node:test';
import {
  begin,
  binary,
  close,
  continuation,
  converse,
  ping,
  pong,
  roles,
  text,
} from '../../../testing/conformance-peer.ts';
import type { ConformanceCase } from '../../../testing/conformance-peer.ts';

const want = { frames: [text('before')], close: 1002, error: 'ERR_WS_RESERVED_BITS' };
const frames = [text('x'), binary('x'), ping('x'), pong('x'), close(1000)];
const kinds = ['text', 'binary', 'ping', 'pong', 'close'];

const cases: ConformanceCase[] = [1, 2, 3, 4, 5, 6, 7].flatMap((rsv) => [
  ...frames.map((frame, i) => ({
    name: `§5.2 RSV ${rsv} on a ${kinds[i]} frame`,
    chops: [text('before'), { ...frame, rsv }, text('after'), ping()],
    want,
  })),
  {
    name: `§5.2 RSV ${rsv} on a continuation`,
    chops: [text('before'), begin(text('x')), { ...continuation('y'), rsv }, ping()],
    want,
  },
  {
    name: `§5.2 RSV ${rsv} between two messages in one chop`,
    chops: [{ frames: [text('before'), { ...text('x'), rsv }, text('after')] }],
    want,
  },
  {
    name: `§5.2 RSV ${rsv} in chops of 1`,
    chops: [{ frames: [text('before'), { ...text('x'), rsv }, ping()], every: 1 }],
    want,
  },
]);

for (const role of roles) {
  for (const { name, chops, want } of cases) {
    test(`${name}, our ${role}`, (t) => converse(t, role, { chops, want }));
  }
}
