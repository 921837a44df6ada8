import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideOutcome, describeClose, describeError } from '../../src/cli/connect-outcome.ts';
import type { RunFacts } from '../../src/cli/connect-outcome.ts';
import { HandshakeError, WebSocketError } from '../../src/websocket/index.ts';

const facts: RunFacts = {
  where: 'h/x',
  wasOpen: true,
  received: 1,
  exitAfter: undefined,
  timedOutAfterMs: undefined,
  ownCloseCode: undefined,
  close: { code: 1000, reason: '', wasClean: true },
  failure: undefined,
  inputEnded: false,
};
const closed = (code: number, wasClean = true, reason = '') => ({
  close: { code, reason, wasClean },
});
const handshakeError = (code: string, more: { status?: number; headers?: object; body?: string }) =>
  new HandshakeError(code, 'what happened', {
    where: 'h:80',
    phase: 'tls',
    ...more,
  } as ConstructorParameters<typeof HandshakeError>[2]);
const before = { wasOpen: false, close: undefined };

const cases: { name: string; more: Partial<RunFacts>; exitCode: 0 | 1; says: RegExp }[] = [
  { name: 'closed normally', more: {}, exitCode: 0, says: /^closed with 1000 \(normal\)$/ },
  {
    name: 'the server goes away',
    more: closed(1001, true, 'bye'),
    exitCode: 0,
    says: /^closed with 1001 \(going away\): "bye"$/,
  },
  {
    name: 'another code of the server',
    more: closed(1008, true, 'no "spam"'),
    exitCode: 1,
    says: /^barewire: connection with h\/x ended \(phase open\): closed with 1008 .*: "no \\"spam\\""$/,
  },
  { name: 'no code of the server', more: closed(1005), exitCode: 1, says: /1005 \(no status rec/ },
  { name: 'no close frame', more: closed(1006, false), exitCode: 1, says: /1006 \(abnormal\)$/ },
  {
    name: 'our own code comes back',
    more: { ...closed(4001), ownCloseCode: 4001 },
    exitCode: 0,
    says: /^closed with 4001/,
  },
  {
    name: 'our close is answered without a code',
    more: { ...closed(1005), ownCloseCode: 1000 },
    exitCode: 0,
    says: /^closed with 1005/,
  },
  {
    name: 'our close is answered with another code',
    more: { ...closed(1011), ownCloseCode: 1000 },
    exitCode: 1,
    says: /1011 \(internal error\)$/,
  },
  {
    name: 'our close is not answered',
    more: { ...closed(1006, false), ownCloseCode: 1000 },
    exitCode: 1,
    says: /1006/,
  },
  {
    name: 'enough messages, whatever comes then',
    more: { ...closed(1006, false), exitAfter: 2, received: 2 },
    exitCode: 0,
    says: /^closed with 1006/,
  },
  {
    name: 'closed normally before there were enough messages',
    more: { exitAfter: 2 },
    exitCode: 0,
    says: /^closed with 1000/,
  },
  {
    name: 'time is up, and nothing more was asked for',
    more: { timedOutAfterMs: 1500, ownCloseCode: 1000 },
    exitCode: 0,
    says: /^closed with 1000/,
  },
  {
    name: 'time is up before there were enough messages',
    more: { timedOutAfterMs: 1500, exitAfter: 2 },
    exitCode: 1,
    says: /\(phase open\): expected 2 messages within 1.5 s, got 1$/,
  },
  {
    name: 'time is up before there was a connection',
    more: { ...before, timedOutAfterMs: 1500 },
    exitCode: 1,
    says: /^barewire: no connection with h\/x within 1.5 s$/,
  },
  {
    name: 'time is up after attempts that failed',
    more: { ...before, timedOutAfterMs: 1500, failure: handshakeError('ECONNREFUSED', {}) },
    exitCode: 1,
    says: /^barewire: no handshake with h:80 \(phase tls\): what happened/,
  },
  {
    name: 'an unknown authority',
    more: { ...before, failure: handshakeError('DEPTH_ZERO_SELF_SIGNED_CERT', {}) },
    exitCode: 1,
    says: /\n--ca FILE trusts the authority in FILE, --insecure any certificate$/,
  },
  {
    name: 'a redirect, and what the server says',
    more: {
      ...before,
      failure: handshakeError('ERR_WS_UNEXPECTED_STATUS', {
        status: 302,
        headers: { location: 'wss://other/' },
        body: 'elsewhere\n',
      }),
    },
    exitCode: 1,
    says: /\nit points to wss:\/\/other\/\nthe server says: elsewhere$/,
  },
  {
    name: 'an error on the open connection',
    more: { ...closed(1006, false), failure: new Error('bad frame') },
    exitCode: 1,
    says: /^barewire: connection with h\/x failed \(phase open\): bad frame$/,
  },
  {
    name: 'the input ended before an answer came',
    more: { received: 0, inputEnded: true },
    exitCode: 0,
    says: /^closed with 1000 \(normal\)\nthe input ended before an answer came: --exit-after N or/,
  },
];
for (const { name, more, exitCode, says } of cases) {
  test(`${name}: exit code ${exitCode}`, () => {
    const outcome = decideOutcome({ ...facts, ...more });
    assert.equal(outcome.exitCode, exitCode);
    assert.match(outcome.lines.join('\n'), says);
  });
}

test('§7.4 close codes have names, those without one too', () => {
  assert.equal(describeClose({ code: 1009, reason: '' }), '1009 (message too big)');
  assert.equal(describeClose({ code: 3000, reason: '' }), '3000 (of no known name)');
  assert.equal(describeClose({ code: 4999, reason: 'x' }), '4999 (of the application): "x"');
});

test('an error that has a frame says where it is', () => {
  const error = new WebSocketError('ERR_WS_OPCODE', 'bad opcode', '§5.2', 1002);
  assert.equal(describeError(error), error.message);
  const header = { fin: true, rsv1: false, rsv2: false, rsv3: false, opcode: 3, masked: false };
  error.frame = { byteOffset: 7, header: { ...header, payloadLength: 0 }, lastBytes: '83 00' };
  assert.match(describeError(error), /, at byte 7 behind the handshake$/);
});
