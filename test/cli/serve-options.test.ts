import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServeOptions, serveHelp } from '../../src/cli/serve-options.ts';
import { UsageError } from '../../src/cli/usage-error.ts';

const defaults = { help: false, host: undefined, port: 8443, httpPort: 8080, folder: '.barewire' };

const valid = [
  { args: [], want: {} },
  { args: ['--port', '0', '--http-port=0'], want: { port: 0, httpPort: 0 } },
  { args: ['--port', '8080', '--http-port', 'off'], want: { port: 8080, httpPort: undefined } },
  { args: ['--http-port', 'off'], want: { httpPort: undefined } },
  { args: ['--host', '::1', '--dir', 'a b'], want: { host: '::1', folder: 'a b' } },
  { args: ['--help'], want: { help: true } },
];
for (const { args, want } of valid) {
  test(`serve ${args.join(' ')}`, () => {
    assert.deepEqual(parseServeOptions(args), { ...defaults, ...want });
  });
}

const invalid = [
  { args: ['--prot', '1'], message: /^Unknown option '--prot'; try barewire serve --help$/ },
  { args: ['extra'], message: /^Unexpected argument 'extra'/ },
  { args: ['--port'], message: /^Option '--port <value>' argument missing/ },
  { args: ['--port', '65536'], message: /^--port must be a number from 0 to 65535, got "65536"$/ },
  { args: ['--port', '-1'], message: /^Option '--port' argument is ambiguous/ },
  { args: ['--port', '8e3'], message: /got "8e3"$/ },
  { args: ['--port', 'off'], message: /got "off"$/ },
  { args: ['--http-port', 'no'], message: /0 to 65535, or off, got "no"$/ },
  {
    args: ['--port', '8080'],
    message: /^--port must differ from --http-port's default, got 8080 twice;/,
  },
  {
    args: ['--port', '9000', '--http-port', '9000'],
    message: /^--port must differ from --http-port, got 9000 twice; .*--http-port off$/,
  },
  {
    args: ['--http-port', '8443'],
    message: /^--port must differ from --http-port, got 8443 twice;/,
  },
  { args: ['--host', ''], message: /^--host must not be empty$/ },
  { args: ['--dir', ''], message: /^--dir must not be empty$/ },
];
for (const { args, message } of invalid) {
  test(`serve ${args.join(' ')} is refused in one line`, () => {
    assert.throws(
      () => parseServeOptions(args),
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
  for (const option of ['--host', '--port', '--http-port', '--dir', '--help']) {
    assert.ok(serveHelp.includes(option));
  }
});
