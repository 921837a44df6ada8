import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/lab/package-root.ts';
import { likelyCauses } from '../../src/websocket/likely-causes.ts';
import { WebSocketError } from '../../src/websocket/index.ts';

test('every rule that a peer can break has likely causes', () => {
  const page = readFileSync(join(packageRoot, 'docs/errors.md'), 'utf8');
  const start = page.indexOf('## WebSocket: a peer broke a rule');
  const section = page.slice(start, page.indexOf('\n## ', start + 1));
  const codes = [...section.matchAll(/^\| `(ERR_WS_[A-Z0-9_]+)`/gm)].map(([, code = '']) => code);
  assert.ok(codes.length >= 18, 'the pattern finds the table');
  for (const code of codes) {
    const causes = likelyCauses(code);
    assert.ok(causes.length > 0, code);
    assert.ok(
      causes.every((cause) => cause.length > 10),
      code,
    );
    assert.deepEqual(new WebSocketError(code, 'expected', '§5', 1002).likelyCauses, causes);
  }
});

test('RSV1 is blamed on compression that was not agreed on', () => {
  assert.match(likelyCauses('ERR_WS_RESERVED_BITS')[0]!, /permessage-deflate/);
});

test('a deadline that passed is blamed on the peer or the way to it', () => {
  assert.match(likelyCauses('ERR_WS_HEARTBEAT_TIMEOUT')[0]!, /gone/);
  assert.match(likelyCauses('ERR_WS_MESSAGE_TIMEOUT')[0]!, /stopped in the middle/);
});

test('of other codes nothing is known, whatever they are called', () => {
  for (const code of ['ERR_WS_X', '', 'constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    assert.deepEqual(likelyCauses(code), [], code);
  }
});
