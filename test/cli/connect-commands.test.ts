import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandHelp, parseCommand } from '../../src/cli/connect-commands.ts';

const lines = [
  { line: 'Hello', want: { kind: 'text', text: 'Hello' } },
  { line: '', want: { kind: 'text', text: '' } },
  { line: ' /ping', want: { kind: 'text', text: ' /ping' } },
  { line: '//ping', want: { kind: 'text', text: '/ping' } },
  { line: '///', want: { kind: 'text', text: '//' } },
  { line: '/ping', want: { kind: 'ping', payload: undefined } },
  { line: '/ping are you there', want: { kind: 'ping', payload: 'are you there' } },
  { line: '/close', want: { kind: 'close', code: 1000, reason: '' } },
  { line: '/close 1000', want: { kind: 'close', code: 1000, reason: '' } },
  { line: '/close 4001 so long', want: { kind: 'close', code: 4001, reason: 'so long' } },
  { line: '/binary', want: { kind: 'binary', bytes: Buffer.alloc(0) } },
  { line: '/binary 00 ff10', want: { kind: 'binary', bytes: Buffer.from([0, 255, 16]) } },
  { line: '/binary Ab', want: { kind: 'binary', bytes: Buffer.from([0xab]) } },
  { line: '/help', want: { kind: 'help' } },
];
for (const { line, want } of lines) {
  test(`"${line}" is a ${want.kind}`, () => assert.deepEqual(parseCommand(line), want));
}

const mistakes = [
  { line: '/', says: /^there is no command "\/"; / },
  { line: '/pong', says: /^there is no command "\/pong"; \/help lists them, / },
  { line: '/constructor', says: /^there is no command/ },
  { line: '/close now', says: /^\/close wants a code of four digits, .* got "now"$/ },
  { line: '/close 999', says: /got "999"$/ },
  { line: '/close 1e3', says: /got "1e3"$/ },
  { line: '/binary 0', says: /^\/binary wants bytes as pairs of hexadecimal digits, got "0"$/ },
  { line: '/binary 0 0', says: /got "0 0"$/ },
  { line: '/binary zz', says: /got "zz"$/ },
];
for (const { line, says } of mistakes) {
  test(`"${line}" is a mistake, and the answer says why`, () => {
    const command = parseCommand(line);
    assert.equal(command.kind, 'mistake');
    assert.match(command.kind === 'mistake' ? command.message : '', says);
  });
}

test('the help names every command', () => {
  for (const name of ['/ping', '/close', '/binary', '/help', '//']) {
    assert.ok(commandHelp.includes(name), name);
  }
});
