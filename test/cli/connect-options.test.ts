import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectHelp, parseConnectOptions } from '../../src/cli/connect-options.ts';
import { UsageError } from '../../src/cli/usage-error.ts';

const defaults = {
  headers: {},
  subprotocols: [],
  origin: undefined,
  caFile: undefined,
  insecure: false,
  trace: false,
  captureFile: undefined,
  timestamps: false,
  reconnect: false,
  send: [],
  exitAfter: undefined,
  timeoutMs: undefined,
};

const valid = [
  { args: [], want: {} },
  { args: ['--header', 'A: b'], want: { headers: { A: 'b' } } },
  {
    args: ['--header', 'A:b', '--header', 'a: c: d ', '--header', 'X:'],
    want: { headers: { A: ['b', 'c: d'], X: '' } },
  },
  { args: ['--subprotocol', 'b', '--subprotocol=a'], want: { subprotocols: ['b', 'a'] } },
  { args: ['--origin', 'https://x.example'], want: { origin: 'https://x.example' } },
  { args: ['--ca', 'ca.pem'], want: { caFile: 'ca.pem' } },
  { args: ['--insecure', '--trace'], want: { insecure: true, trace: true } },
  { args: ['--timestamps'], want: { timestamps: true } },
  { args: ['--capture', 'x', '--reconnect'], want: { captureFile: 'x', reconnect: true } },
  { args: ['--send', '', '--send=-1', '--send', '/ping'], want: { send: ['', '-1', '/ping'] } },
  { args: ['--exit-after', '3'], want: { exitAfter: 3 } },
  { args: ['--timeout', '0.25'], want: { timeoutMs: 250 } },
  { args: ['--timeout', '2147483'], want: { timeoutMs: 2_147_483_000 } },
];
for (const { args, want } of valid) {
  test(`connect ${args.join(' ')} ws://h/`, () => {
    const options = parseConnectOptions([...args, 'ws://h/']);
    assert.deepEqual(options, { ...defaults, url: new URL('ws://h/'), ...want });
  });
}

for (const url of ['ws://h', 'wss://h:1/p?q', 'http://h/', 'HTTPS://h', 'ws+unix:///tmp/s:/p']) {
  test(`connect ${url}`, () => {
    const options = parseConnectOptions([url]);
    assert.equal(options === 'help' ? '' : options.url.href, new URL(url).href);
  });
}

test('connect --help needs no URL', () => {
  for (const args of [['--help'], ['-h'], ['ws://h', '--help']]) {
    assert.equal(parseConnectOptions(args), 'help');
  }
});

const invalid = [
  { args: [], message: /^a URL is missing; try barewire connect --help$/ },
  { args: ['ws://h', 'x'], message: /^one URL is enough, got "x" too; / },
  {
    args: ['localhost:8443/chat'],
    message: /write ws:\/\/localhost:8443\/chat, or wss:\/\/localhost:8443\/chat for TLS$/,
  },
  { args: ['example.com'], message: /write ws:\/\/example\.com, or wss:\/\/example\.com for TLS$/ },
  { args: ['me:secret@h/x'], message: /write ws:\/\/HOST\/PATH, or wss:\/\/HOST\/PATH for TLS$/ },
  { args: ['h/x?token=secret'], message: /write ws:\/\/HOST\/PATH/ },
  { args: ['ftp://h/x'], message: /^the URL must begin with ws: or wss:, got ftp:$/ },
  { args: ['ws://h:99999/'], message: /^the URL is none: its host or port is not valid$/ },
  { args: ['ws://'], message: /^the URL is none/ },
  { args: ['ws://h/#x'], message: /^the URL must have no fragment, got a "#"$/ },
  { args: ['ws://h', '--header', 'nothing'], message: /^--header must be 'NAME: VALUE', got the/ },
  { args: ['ws://h', '--header', 'a b: c'], message: /got the name "a b"$/ },
  { args: ['ws://h', '--header', 'a: b\r\nc: d'], message: /^--header a must hold printable lat/ },
  { args: ['ws://h', '--header', 'Upgrade: x'], message: /^--header Upgrade belongs to the hand/ },
  {
    args: ['ws://h', '--header', 'sec-websocket-protocol: x'],
    message: /^--header sec-websocket-protocol belongs .*; use --subprotocol$/,
  },
  { args: ['ws://h', '--origin', 'a\nb'], message: /^--origin must hold printable latin1 only$/ },
  { args: ['ws://h', '--subprotocol', 'a b'], message: /^--subprotocol must be a token/ },
  { args: ['ws://h', '--subprotocol', 'a', '--subprotocol', 'a'], message: /got "a" twice$/ },
  { args: ['ws://h', '--ca', 'x', '--insecure'], message: /^--insecure .* be used with --ca/ },
  { args: ['ws://h', '--ca', ''], message: /^--ca must not be empty$/ },
  { args: ['ws://h', '--capture', ''], message: /^--capture must not be empty$/ },
  { args: ['ws://h', '--exit-after', '0'], message: /^--exit-after must be .* got "0"$/ },
  { args: ['ws://h', '--exit-after', '1.5'], message: /got "1.5"$/ },
  { args: ['ws://h', '--timeout', '0'], message: /^--timeout must be .* above 0, got "0"$/ },
  { args: ['ws://h', '--timeout', '1e3'], message: /got "1e3"$/ },
  { args: ['ws://h', '--timeout', '2147484'], message: /got "2147484"$/ },
  { args: ['ws://h', '--colour'], message: /^Unknown option '--colour'; try barewire connect --h/ },
];
for (const { args, message } of invalid) {
  test(`connect ${JSON.stringify(args)} is refused in one line`, () => {
    assert.throws(
      () => parseConnectOptions(args),
      (error: unknown) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\n|secret/);
        return true;
      },
    );
  });
}

test('the help names every option', () => {
  const texts = 'header subprotocol origin ca capture send exit-after timeout'.split(' ');
  const flags = 'insecure trace timestamps reconnect help'.split(' ');
  for (const name of [...texts, ...flags]) assert.ok(connectHelp.includes(`  --${name} `), name);
});
