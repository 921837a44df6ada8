import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectHelp, parseInspectOptions } from '../../src/cli/inspect-options.ts';
import { UsageError } from '../../src/cli/usage-error.ts';

const bytes = (hex: string) => ({ kind: 'bytes', bytes: Buffer.from(hex, 'hex') });
const defaults = { help: false, json: false, role: undefined };

const valid = [
  { args: ['81', '05', '48656C6c6f'], want: { source: bytes('810548656c6c6f') } },
  { args: ['81 05 \n 00'], want: { source: bytes('810500') } },
  { args: ['face'], want: { source: bytes('face') } },
  { args: ['./face'], want: { source: { kind: 'file', path: './face' } } },
  { args: ['capture.txt'], want: { source: { kind: 'file', path: 'capture.txt' } } },
  { args: ['a file'], want: { source: { kind: 'file', path: 'a file' } } },
  { args: ['-'], want: { source: { kind: 'stdin' } } },
  { args: ['--', '-x'], want: { source: { kind: 'file', path: '-x' } } },
  {
    args: ['--json', '--role', 'client', '-'],
    want: { json: true, role: 'client', source: { kind: 'stdin' } },
  },
  { args: ['--help'], want: { help: true, source: undefined } },
];
for (const { args, want } of valid) {
  test(`inspect ${args.join(' ')}`, () => {
    assert.deepEqual(parseInspectOptions(args), { ...defaults, ...want });
  });
}

const invalid = [
  { args: [], message: /^bytes or a file are missing; try barewire inspect --help$/ },
  { args: ['81', '5'], message: /^a byte has two digits, got "5"$/ },
  {
    args: ['81', 'zz'],
    message: /^expected bytes in hexadecimal or one file, got "zz" among others$/,
  },
  { args: ['a.bin', 'b.bin'], message: /got "a\.bin" among others$/ },
  { args: ['-', '81'], message: /got "-" among others$/ },
  { args: [''], message: /^the name of a file must not be empty$/ },
  { args: ['--role', 'peer', '81'], message: /^--role must be client or server, got "peer"$/ },
  { args: ['--jsn'], message: /^Unknown option '--jsn'; try barewire inspect --help$/ },
  { args: ['--role'], message: /^Option '--role <value>' argument missing/ },
];
for (const { args, message } of invalid) {
  test(`inspect ${JSON.stringify(args)} is refused in one line`, () => {
    assert.throws(
      () => parseInspectOptions(args),
      (error: unknown) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      },
    );
  });
}

test('the help names every option', () => {
  for (const option of ['HEX', 'FILE', '--role', '--json', '--help']) {
    assert.ok(inspectHelp.includes(option));
  }
});
