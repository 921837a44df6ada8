/** docs/websocket/limits.md held to the code: every default, every close code, every error code. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/lab/package-root.ts';
import { closeCodeMeaning } from '../../src/websocket/close-code-names.ts';
import { connectionDefaults } from '../../src/websocket/connection-options.ts';
import { maxControlPayloadBytes } from '../../src/websocket/constants.ts';
import { maxControlQueueBytes } from '../../src/websocket/control-queue.ts';
import { maxFinalBlocks } from '../../src/websocket/deflate/decompressor.ts';
import { deflateDefaults } from '../../src/websocket/deflate/options.ts';
import { clientDefaults } from '../../src/websocket/io/client-options.ts';
import { maxUnreadOutputBytes } from '../../src/websocket/io/link.ts';
import { maxRequestHeadBytes } from '../../src/websocket/io/own-server.ts';
import { defaultHandshakeTimeoutMs } from '../../src/websocket/io/server-options.ts';
import { memoryBudgetDefaults } from '../../src/websocket/memory-budget.ts';
import { unreadOverheadBytes } from '../../src/websocket/message-inbox.ts';
import { reconnectDefaults } from '../../src/websocket/reconnect-policy.ts';
import { waitingOverheadBytes } from '../../src/websocket/send-queue.ts';

const textOf = (file: string) => readFileSync(join(packageRoot, file), 'utf8');
const page = textOf('docs/websocket/limits.md');

interface Row {
  limit: string;
  value: string;
  option: string;
  peer: string;
  error: string;
}

/** The rows of the tables of limits, which have six columns. */
const rows: Row[] = page
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => cells.length === 8 && cells[1] !== 'limit' && !cells[1]!.startsWith('---'))
  .map(([, limit = '', value = '', option = '', peer = '', error = '']) => {
    return { limit, value, option, peer, error };
  });

const units: [number, string][] = [
  [1024 ** 3, 'GiB'],
  [1024 ** 2, 'MiB'],
  [1024, 'KiB'],
];

function bytes(count: number): string {
  const [size, unit] = units.find(([size]) => count >= size && count % size === 0) ?? [1, 'bytes'];
  return `${count / size} ${unit}`;
}

const ms = (count: number) => `${count.toLocaleString('en-US')} ms`;

const graceMs = /graceMs = (\d+)/.exec(textOf('src/websocket/io/server.ts'))?.[1];

const defaults: Record<string, string> = {
  'message': bytes(connectionDefaults.maxPayload),
  'fragments of a message': 'no limit',
  'final blocks of a compressed message': String(maxFinalBlocks),
  'control frame': bytes(maxControlPayloadBytes),
  'time for a message': ms(connectionDefaults.messageTimeoutMs),
  'messages, bytes, control frames a second': 'no limit',
  'time between pings': ms(connectionDefaults.heartbeatIntervalMs),
  'silence after a ping': ms(connectionDefaults.heartbeatTimeoutMs),
  'closing handshake': ms(connectionDefaults.closeTimeout),
  'messages that nobody reads yet': bytes(connectionDefaults.unreadMessageBytes),
  'time for a first reader': ms(connectionDefaults.readerTimeoutMs),
  'messages waiting to be sent': bytes(connectionDefaults.sendQueueMaxBytes),
  'control frames waiting to be sent': bytes(maxControlQueueBytes),
  'output waiting, server': bytes(maxUnreadOutputBytes),
  'unfinished work of the process': bytes(memoryBudgetDefaults.maxBytes),
  'smallest message that is compressed': bytes(deflateDefaults.threshold),
  'messages at zlib at once': String(deflateDefaults.concurrencyLimit),
  'opening handshake, client': ms(clientDefaults.handshakeTimeoutMs),
  'head of a response, client': bytes(clientDefaults.maxHeaderBytes),
  'body of a refusal that a client keeps': bytes(clientDefaults.errorBodyBytes),
  'redirects': String(clientDefaults.maxRedirects),
  'delay before connecting again, at first': ms(reconnectDefaults.baseDelayMs),
  'delay before connecting again, at last': ms(reconnectDefaults.maxDelayMs),
  'connection that counts as good': ms(reconnectDefaults.stableAfterMs),
  'opening handshake, server': ms(defaultHandshakeTimeoutMs),
  'head of a request, server with `port`': bytes(maxRequestHeadBytes),
  'connections': 'no limit',
  'connections of one address': 'no limit',
  'shutdown': ms(Number(graceMs)),
};

test('every default on the page is that of the code, and no limit is on one side alone', () => {
  assert.deepEqual(Object.fromEntries(rows.map(({ limit, value }) => [limit, value])), defaults);
});

test('what each message costs besides its payload is as the page says', () => {
  assert.ok(page.includes(`each counts ${unreadOverheadBytes} bytes besides its payload |`));
  assert.ok(page.includes(`each counts ${waitingOverheadBytes} bytes besides its payload;`));
});

test('§7.4.1 each close code on the page stands with what it means, and its error with it', () => {
  const errorsPage = textOf('docs/errors.md');
  let closes = 0;
  for (const { limit, peer, error } of rows) {
    const [, code, meaning = ''] = /^(1\d\d\d), ([^;]+)/.exec(peer) ?? [];
    if (code === undefined) continue;
    closes++;
    assert.ok(closeCodeMeaning(Number(code)).startsWith(meaning), `${limit}: ${meaning}`);
    if (error === '-') continue;
    assert.ok(errorsPage.includes(`| ${error} | ${code} |`), `${limit}: ${error} ${code}`);
  }
  assert.ok(closes >= 9, 'the pattern finds the codes');
});

test('every option that bounds something is on the page, and each on the page is one', () => {
  const sources = [
    'connection-options.ts',
    'connection-limits.ts',
    'reconnect-policy.ts',
    'memory-budget.ts',
    'deflate/options.ts',
    'io/client-options.ts',
    'io/server-options.ts',
    'io/server.ts',
    'io/reconnect.ts',
  ].map((file) => textOf(`src/websocket/${file}`));
  const named = rows.flatMap(({ option }) => [...option.matchAll(/`([\w.]+)`/g)]);
  for (const [, option = ''] of named) {
    const last = option.split('.').at(-1)!;
    const isKnown = sources.some((text) => new RegExp(`\\b${last}\\b`).test(text));
    assert.ok(isKnown, option);
  }
  const bounds = /^ {2}(\w*(?:max|Max|timeout|Timeout|Ms|Limit|threshold)\w*)\?:/gm;
  const [connection = ''] = sources;
  // Taken as in npm ws; they change nothing.
  const idle = new Set(['maxPendingAutoPongs', 'maxBufferedChunks']);
  for (const [, option = ''] of connection.matchAll(bounds)) {
    assert.ok(idle.has(option) || page.includes(option), option);
  }
});
