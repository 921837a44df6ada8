/**
 * The command line: finds the command and lets it run.
 *
 * Spec      -
 * Next      serve.ts, connect.ts, inspect.ts
 * Left out  -
 *
 *   exit code   0 done   1 it failed   2 the command line or the surroundings are not usable
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../lab/index.ts';
import { connect } from './connect.ts';
import { inspect } from './inspect.ts';
import { serve } from './serve.ts';
import { UsageError } from './usage-error.ts';

const commands = new Map([
  ['serve', serve],
  ['connect', connect],
  ['inspect', inspect],
]);

const help = `barewire - HTTPS, cookies and WebSockets, built by hand on Node core

Usage: barewire COMMAND [OPTIONS]

Commands
  serve        start the HTTPS server with its chat
  connect      talk to a WebSocket server, from a terminal or in a pipe
  inspect      explain the bytes of WebSocket frames
               (barewire COMMAND --help tells its options)

Options
  --help       print this text
  --version    print the version
`;

async function main(args: readonly string[]): Promise<void> {
  const [name, ...rest] = args;
  if (name === '--version' || name === '-v') return console.log(readVersion());
  if (name === '--help' || name === '-h') return void process.stdout.write(help);
  if (name === undefined) throw new UsageError('a command is missing; try barewire --help');
  const command = commands.get(name);
  if (command === undefined) {
    throw new UsageError(`there is no command "${name}"; try barewire --help`);
  }
  await command(rest);
}

function readVersion(): string {
  const manifest = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`barewire: ${error.message}`);
  process.exitCode = 2;
}
