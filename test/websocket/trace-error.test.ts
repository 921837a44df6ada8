/** Errors of real connections, in every split, and the frames they show. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceError, WebSocketError, WebSocketProtocol } from '../../src/websocket/index.ts';
import { arrivals, hex } from '../../testing/splits.ts';

function errorOf(chunks: readonly Buffer[], role: 'client' | 'server'): WebSocketError {
  let found: WebSocketError | undefined;
  const nothing = (): void => {};
  const protocol = new WebSocketProtocol(
    {
      message: nothing,
      ping: nothing,
      pong: nothing,
      closed: ({ error }) => (found = error),
      reserve: (bytes) => Buffer.alloc(bytes),
      commit: nothing,
      forward: nothing,
      written: nothing,
      dropped: nothing,
      turn: (work) => work(),
      end: nothing,
    },
    { role, nextMaskingKey: () => 0, maxMessageBytes: 1000 },
  );
  for (const chunk of chunks) protocol.receive(chunk);
  assert.ok(found instanceof WebSocketError);
  return found;
}

const cases = [
  { bytes: '81 01 61 c1 00', role: 'client', code: 'ERR_WS_RESERVED_BITS', at: 3, field: 'rsv1' },
  { bytes: '83 00', role: 'client', code: 'ERR_WS_OPCODE', at: 0, field: 'opcode' },
  { bytes: '81 01', role: 'server', code: 'ERR_WS_MASK_REQUIRED', at: 1, field: 'mask' },
  { bytes: '81 81', role: 'client', code: 'ERR_WS_MASK_FORBIDDEN', at: 1, field: 'mask' },
  { bytes: '09 00', role: 'client', code: 'ERR_WS_CONTROL_FRAGMENTED', at: 0, field: 'fin' },
  { bytes: '89 7e', role: 'client', code: 'ERR_WS_CONTROL_TOO_LONG', at: 1, field: 'length' },
  {
    bytes: '82 7e 00 05',
    role: 'client',
    code: 'ERR_WS_LENGTH_NOT_MINIMAL',
    at: 2,
    field: 'extendedLength',
  },
  {
    bytes: '82 7f 80 00 00 00 00 00 00 00',
    role: 'client',
    code: 'ERR_WS_LENGTH_HIGH_BIT',
    at: 2,
    field: 'extendedLength',
  },
  { bytes: '80 00', role: 'client', code: 'ERR_WS_FRAGMENT_ORDER', at: 0, field: 'opcode' },
  {
    bytes: '82 fe 03 e9 00 00 00 00',
    role: 'server',
    code: 'ERR_WS_MESSAGE_TOO_BIG',
    at: 2,
    field: 'extendedLength',
  },
] as const;

for (const { bytes, role, code, at, field } of cases) {
  test(`${code}: its frame and field are shown, in every split`, () => {
    for (const { name: split, chunks } of arrivals(hex(bytes))) {
      const trace = traceError(errorOf(chunks, role));
      assert.equal(trace?.verdict.kind, 'broken', split);
      assert.deepEqual([trace.verdict.code, trace.verdict.byteOffset], [code, at], split);
      assert.equal(trace.sender, role === 'server' ? 'client' : 'server');
      const marked = trace.rows.filter(({ verdict }) => verdict === code);
      assert.deepEqual(
        marked.map(({ name }) => name),
        [field],
        split,
      );
    }
  });
}

test('§8.1 an error in the payload shows the header of its frame, in every split', () => {
  for (const { name: split, chunks } of arrivals(hex('81 05 61 62 63 64 ff'))) {
    const trace = traceError(errorOf(chunks, 'client'));
    assert.equal(trace?.verdict.kind, 'broken', split);
    assert.equal(trace.verdict.code, 'ERR_WS_INVALID_UTF8');
    const length = trace.rows.find(({ name }) => name === 'length');
    assert.equal(length?.value, '5', split);
  }
});

test('an error without a frame has no trace', () => {
  const error = new WebSocketError('ERR_WS_HEARTBEAT_TIMEOUT', 'nothing came', '§5.5.2', 1006);
  assert.equal(traceError(error), undefined);
});
