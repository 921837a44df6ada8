import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket, WebSocketServer } from '../../src/websocket/index.ts';
import {
  checkConnectionOptions,
  connectionDefaults,
} from '../../src/websocket/connection-options.ts';
import type { ConnectionOptions } from '../../src/websocket/connection-options.ts';

/** A text as it was written, so that it does not look like the number in it. */
const shown = (value: unknown) =>
  typeof value === 'string' ? JSON.stringify(value) : String(value);

/** `{ a: { b: value } }` for `a.b`; with what must stand beside it. */
function nest(path: string, value: unknown): ConnectionOptions {
  const [first = '', ...rest] = path.split('.');
  const beside = first === 'burst' ? { perSecond: 1 } : {};
  const inner = rest.length === 0 ? value : nest(rest.join('.'), value);
  return { ...(rest.length === 0 ? beside : {}), [first]: inner } as ConnectionOptions;
}

const maxTimerMs = 2 ** 31 - 1;
const times = ['closeTimeout', 'messageTimeoutMs', 'readerTimeoutMs'];
const beats = ['heartbeat.intervalMs', 'heartbeat.timeoutMs'];
const rates = ['messages', 'bytes', 'controlFrames'].map((name) => `rateLimit.${name}`);

const numbers: { names: string[]; good: number[]; bad: number[]; rule: string }[] = [
  {
    names: ['maxPayload', 'maxFragments', 'sendQueue.maxBytes'],
    good: [0, 1, 2 ** 40, Infinity],
    bad: [-1, NaN],
    rule: 'a number from 0',
  },
  {
    names: times,
    good: [0, 1, maxTimerMs],
    bad: [-1, NaN, maxTimerMs + 1, Infinity],
    rule: `a number from 0 to ${maxTimerMs}`,
  },
  {
    names: beats,
    good: [1, maxTimerMs],
    bad: [0, -1, NaN, Infinity],
    rule: `a number from 1 to ${maxTimerMs}`,
  },
  {
    names: rates.map((name) => `${name}.perSecond`),
    good: [0.1, 1, Infinity],
    bad: [0, -1, NaN],
    rule: 'a positive number',
  },
  {
    names: rates.map((name) => `${name}.burst`),
    good: [1, 1.5, Infinity],
    bad: [0, 0.5, NaN],
    rule: 'a number from 1',
  },
];

for (const { names, good, bad, rule } of numbers) {
  for (const name of names) {
    test(`option ${name} must be ${rule}`, () => {
      for (const value of good) checkConnectionOptions(nest(name, value));
      for (const value of [...bad, '5', null, {}, 5n, Symbol('x')]) {
        assert.throws(
          () => checkConnectionOptions(nest(name, value)),
          (error: Error) => {
            assert.ok(error instanceof RangeError);
            assert.equal(error.message, `option ${name} must be ${rule}, got ${shown(value)}`);
            return true;
          },
        );
      }
    });
  }
}

for (const name of ['heartbeat', 'sendQueue', 'rateLimit', ...rates]) {
  test(`option ${name} must be an object`, () => {
    const isFlag = name === 'heartbeat';
    checkConnectionOptions(nest(name, undefined));
    if (isFlag || name === 'sendQueue') checkConnectionOptions(nest(name, {}));
    for (const value of [null, 5, 'yes', ...(isFlag ? [] : [true])]) {
      const message = new RegExp(
        `^TypeError: option ${name} must be .*an object, got ${shown(value)}$`,
      );
      assert.throws(() => checkConnectionOptions(nest(name, value)), message);
    }
  });
}

test('option sendQueue.policy must be one of three', () => {
  for (const policy of ['close', 'drop-newest', 'drop-oldest', undefined]) {
    checkConnectionOptions(nest('sendQueue.policy', policy));
  }
  for (const policy of ['drop', 'constructor', '', null, 1]) {
    const rule = 'must be one of close, drop-newest, drop-oldest';
    const message = `option sendQueue.policy ${rule}, got ${policy}`;
    const wanted = { name: 'TypeError', message };
    assert.throws(() => checkConnectionOptions(nest('sendQueue.policy', policy)), wanted);
  }
});

test('a rate without perSecond is refused', () => {
  assert.throws(
    () => checkConnectionOptions(nest('rateLimit.bytes', {})),
    /^RangeError: option rateLimit.bytes.perSecond must be a positive number, got undefined$/,
  );
});

test('no options, and every default given as an option, are fine', () => {
  checkConnectionOptions({});
  const { maxPayload, closeTimeout, messageTimeoutMs, readerTimeoutMs } = connectionDefaults;
  const intervalMs = connectionDefaults.heartbeatIntervalMs;
  const timeoutMs = connectionDefaults.heartbeatTimeoutMs;
  checkConnectionOptions({
    ...{ maxPayload, closeTimeout, messageTimeoutMs, readerTimeoutMs },
    heartbeat: { intervalMs, timeoutMs },
    sendQueue: { maxBytes: connectionDefaults.sendQueueMaxBytes, policy: 'close' },
  });
  for (const heartbeat of [true, false]) checkConnectionOptions({ heartbeat });
});

test('a client and a server refuse them at once', () => {
  const wanted = /option closeTimeout must be/;
  assert.throws(() => new WebSocket('ws://127.0.0.1:1', { closeTimeout: Infinity }), wanted);
  assert.throws(() => new WebSocketServer({ noServer: true, closeTimeout: Infinity }), wanted);
});

test('a limit that is misspelt is refused, for it would be none', () => {
  const cases = [
    [{ rateLimit: { message: {} } }, 'rateLimit.message is unknown; rateLimit has messages, bytes'],
    [{ heartbeat: { interval: 10 } }, 'heartbeat.interval is unknown; heartbeat has intervalMs'],
    [{ sendQueue: { maxbytes: 5 } }, 'sendQueue.maxbytes is unknown; sendQueue has maxBytes'],
    [{ rateLimit: { bytes: { perSecond: 1, brust: 2 } } }, 'rateLimit.bytes.brust is unknown'],
    [{ closeTimeout: '1' }, 'closeTimeout must be a number from 0 to 2147483647, got "1"'],
  ] as const;
  for (const [options, message] of cases) {
    assert.throws(
      () => checkConnectionOptions(options as object),
      (error: Error) => error.message.startsWith(`option ${message}`),
      message,
    );
  }
});
