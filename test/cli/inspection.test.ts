import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Inspection } from '../../src/cli/inspection.ts';
import type { Finding } from '../../src/cli/inspection.ts';
import type { Role } from '../../src/websocket/index.ts';
import { requestText, responseText } from '../../testing/captured-connection.ts';
import { arrivals, hex } from '../../testing/splits.ts';

function say(finding: Finding): string {
  switch (finding.kind) {
    case 'handshake':
      return `handshake ${finding.report.sender} ${finding.report.verdict.kind}`;
    case 'frame': {
      const { verdict, sender, byteOffset } = finding.trace;
      return `frame ${finding.number} ${sender} ${byteOffset} ${verdict.kind}`;
    }
    case 'closed':
      return `closed ${finding.by} ${finding.both}`;
    case 'rest':
      return `rest ${finding.sender} ${finding.rest.bytes} ${finding.rest.rule?.code ?? ''}`;
    case 'body':
      return `body ${finding.bytes}`;
  }
}

type Piece = readonly [Role | undefined, Uint8Array];

function inspect(pieces: readonly Piece[], inspection = new Inspection()) {
  const found = pieces.flatMap(([sender, bytes]) => inspection.push(sender, Buffer.from(bytes)));
  return { said: [...found, ...inspection.end()].map(say), summary: inspection.summary };
}

const request: Piece = ['client', Buffer.from(requestText)];
const response: Piece = ['server', Buffer.from(responseText)];

test('§7.1.2 handshake, frames of both sides in order, and who has closed', () => {
  const { said, summary } = inspect([
    request,
    response,
    ['server', hex('81 00')],
    ['client', hex('81 80 00 00 00 00')],
    ['client', hex('88 80 00 00 00 00')],
    ['server', hex('88 00')],
  ]);
  assert.deepEqual(said, [
    'handshake client ok',
    'handshake server ok',
    'frame 1 server 0 ok',
    'frame 2 client 0 ok',
    'frame 3 client 6 ok',
    'closed client false',
    'frame 4 server 2 ok',
    'closed server true',
  ]);
  assert.deepEqual(summary.closed, { client: true, server: true });
  assert.deepEqual([summary.frames, summary.messages, summary.problems], [4, 2, []]);
});

test('a head and its frames may come in any split', () => {
  const client = Buffer.concat([Buffer.from(requestText), hex('81 80 00 00 00 00')]);
  for (const { name, chunks } of arrivals(client)) {
    const { said } = inspect(chunks.map((chunk) => ['client', chunk] as const));
    assert.deepEqual(said, ['handshake client ok', 'frame 1 client 0 ok'], name);
  }
});

test('a side without a name says by its first bytes whose it is', () => {
  const { said } = inspect([[undefined, Buffer.concat([Buffer.from(responseText), hex('8100')])]]);
  assert.deepEqual(said, ['handshake server unjudged', 'frame 1 server 0 ok']);
  assert.deepEqual(inspect([[undefined, hex('81 80 00 00 00 00')]]).said, ['frame 1 client 0 ok']);
});

test('§5.1 each side is judged as what it is', () => {
  const { said, summary } = inspect([
    ['client', hex('81 00')],
    ['server', hex('81 80')],
  ]);
  assert.deepEqual(said, ['frame 1 client 0 broken', 'frame 2 server 0 broken']);
  assert.deepEqual(summary.problems, [
    { sender: 'client', code: 'ERR_WS_MASK_REQUIRED', byteOffset: 1 },
    { sender: 'server', code: 'ERR_WS_MASK_FORBIDDEN', byteOffset: 1 },
  ]);
});

test('a refusal and its body are no frames, and no broken rule', () => {
  const { said, summary } = inspect([
    request,
    ['server', Buffer.from('HTTP/1.1 404 Not Found\r\n\r\nno such ')],
    ['server', Buffer.from('page')],
  ]);
  assert.deepEqual(said, ['handshake client ok', 'handshake server refused', 'body 12']);
  assert.deepEqual(summary.problems, []);
});

test('what is wrong with the handshake is a problem', () => {
  const bad = Buffer.from(requestText.replace('13', '12'));
  const { said, summary } = inspect([['client', bad], response]);
  assert.deepEqual(said, ['handshake client broken', 'handshake server ok']);
  assert.deepEqual(
    summary.problems.map(({ code }) => code),
    ['ERR_WS_UPGRADE_REQUEST'],
  );
  const endless = inspect([['client', Buffer.alloc(20_000, 'G')]]);
  assert.deepEqual(endless.said, ['handshake client broken']);
});

test('bytes that end too early, in a head or in a frame', () => {
  const head = inspect([['client', Buffer.from('GET / HTTP/1.1\r\nHost')]]);
  assert.deepEqual(head.said, ['handshake client incomplete']);
  assert.deepEqual(head.summary.problems[0]?.code, 'INCOMPLETE');
  const frame = inspect([['server', hex('81 00 81 05 61')]]);
  assert.deepEqual(frame.said, ['frame 1 server 0 ok', 'frame 2 server 2 incomplete']);
  assert.deepEqual(frame.summary.problems, [
    { sender: 'server', code: 'INCOMPLETE', byteOffset: 5 },
  ]);
});

test('§5.5.1 what follows a close frame', () => {
  const { said, summary } = inspect([['server', hex('88 00 81 00')]]);
  assert.deepEqual(said, [
    'frame 1 server 0 ok',
    'closed server false',
    'rest server 2 ERR_WS_AFTER_CLOSE',
  ]);
  assert.equal(summary.problems[0]?.byteOffset, 2);
});

test('§5.4 a message that has not ended is no broken rule', () => {
  const { summary } = inspect([['server', hex('01 00')]]);
  assert.deepEqual([summary.unfinished, summary.problems], [['server'], []]);
});

test('§9.1 what the handshake agreed on owns its bits, on both sides', () => {
  const seen: (string | undefined)[] = [];
  const inflate = (compressed: Buffer | undefined) => Promise.resolve(compressed);
  const inspection = new Inspection({
    readExtensions: (header) => {
      seen.push(header);
      return { extensionBits: 0b0100_0000, inflate: { client: inflate, server: inflate } };
    },
  });
  const { said } = inspect(
    [request, response, ['server', hex('c1 00')], ['client', hex('c1 80 00 00 00 00')]],
    inspection,
  );
  assert.deepEqual(said.slice(2), ['frame 1 server 0 ok', 'frame 2 client 0 ok']);
  assert.deepEqual(seen, [undefined]);
  assert.equal(inspection.inflateOf('server'), inflate);
  assert.equal(inspection.inflateOf(undefined), undefined);
});
