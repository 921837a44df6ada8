import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFinding, formatSummary } from '../../src/cli/inspect-text.ts';
import { Inspection } from '../../src/cli/inspection.ts';
import { brokenRule, StreamTracer, WebSocketError } from '../../src/websocket/index.ts';
import { requestText } from '../../testing/captured-connection.ts';
import { hex } from '../../testing/splits.ts';

function findings(bytes: Buffer, sender: 'client' | 'server' | undefined = 'server') {
  const inspection = new Inspection();
  return { found: [...inspection.push(sender, bytes), ...inspection.end()], inspection };
}

const texts = (bytes: string) => findings(hex(bytes)).found.map((one) => formatFinding(one, true));

test('each side has its arrow, if there are two', () => {
  const [frame] = findings(hex('81 00')).found;
  assert.match(formatFinding(frame!, true), /^< byte 0: text frame from a server, 2 bytes\n/);
  assert.match(formatFinding(frame!, false), /^byte 0: /);
});

test('a head is shown line by line, controls escaped', () => {
  const bytes = Buffer.from(requestText.replace('/chat', '/\u001b[2J'));
  const shown = formatFinding(findings(bytes, 'client').found[0]!, true);
  assert.match(
    shown,
    /^> handshake: request of a client, \d+ bytes\n {2}GET \/\\u001b\[2J HTTP\/1\.1 /,
  );
  assert.match(shown, /Sec-WebSocket-Version: 13 .* §4\.1\n/);
  assert.match(shown, /\n {2}ok\n\n$/);
});

test('messages of several frames are shown whole', () => {
  assert.match(texts('01 01 61 80 01 62').at(-1)!, /message: text of 2 frames, 2 bytes: "ab"\n/);
  assert.match(texts('02 01 61 80 01 62').at(-1)!, /of 2 frames, 2 bytes\n {4}0000 {2}61 62 /);
  assert.doesNotMatch(texts('81 01 61').at(-1)!, /message:/);
});

test('a compressed message is shown inflated, or why not', () => {
  const [frame] = new StreamTracer({ extensionBits: 0b0100_0000 }).push(hex('c1 01 00'));
  const finding = { kind: 'frame', number: 1, ...frame! } as const;
  const payload = Buffer.from('abc');
  assert.match(
    formatFinding(finding, true, { payload, bytes: 3 }),
    /message: compressed text, 1 byte, inflated to 3 bytes: "abc"\n/,
  );
  assert.match(formatFinding(finding, true), /message: compressed text, 1 byte, not inflated\n/);
  const error = new WebSocketError('ERR_WS_INVALID_UTF8', 'expected text', '§8.1', 1007);
  assert.match(formatFinding(finding, true, brokenRule(error, 0)), /broken: ERR_WS_INVALID_UTF8\n/);
});

test('§7.1.2 who has closed, and what came behind', () => {
  assert.match(texts('88 00')[1]!, /^the server has closed: the client answers with a close frame/);
  assert.match(texts('88 00 00')[2]!, /^< byte 2: 1 more byte, ERR_WS_AFTER_CLOSE\n/);
  assert.match(texts('83 00 00')[1]!, /1 more byte, not read: a broken rule ends the connection\n/);
});

const summaries = [
  { bytes: '81 00', want: '1 frame, 1 message, 2 bytes\nall valid\n' },
  {
    bytes: '83 00',
    want: '1 frame, 0 messages, 2 bytes\nbroken: ERR_WS_OPCODE at byte 0 of the server\n',
  },
  {
    bytes: '81',
    want: '1 frame, 0 messages, 1 byte\nincomplete: the bytes end at byte 1 of the server\n',
  },
  {
    bytes: '01 00',
    want: '1 frame, 0 messages, 2 bytes\na message of the server has not ended\nall valid\n',
  },
];
for (const { bytes, want } of summaries) {
  test(`the summary of ${bytes}`, () => {
    assert.equal(formatSummary(findings(hex(bytes)).inspection.summary, false), want);
  });
}

test('the summary of a capture tells who has closed', () => {
  const say = (bytes: string) => formatSummary(findings(hex(bytes)).inspection.summary, true);
  assert.match(say('88 00'), /\nonly the server has closed\n/);
  assert.match(say('81 00'), /\nnobody has closed\n/);
});
