import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serializeSetCookie } from '../../src/cookies/index.ts';
import {
  encodeSessionId,
  isSessionId,
  readSessionId,
  sessionCookie,
  sessionCookieName,
  sessionIdBytes,
} from '../../src/http/session-id.ts';

test('18 bytes are 24 characters, at least 128 bits', () => {
  assert.ok(sessionIdBytes * 8 >= 128);
  assert.equal(encodeSessionId(new Uint8Array(18)), 'A'.repeat(24));
  assert.equal(encodeSessionId(new Uint8Array(18).fill(255)), '_'.repeat(24));
  for (const length of [0, 17, 19]) {
    assert.throws(() => encodeSessionId(new Uint8Array(length)), RangeError);
  }
});

test('§4.1.3.2 the cookie', () => {
  const id = encodeSessionId(Uint8Array.from({ length: 18 }, (_, i) => i));
  assert.equal(
    serializeSetCookie(sessionCookie(id)),
    `__Host-session=${id}; Path=/; Secure; HttpOnly; SameSite=Lax`,
  );
});

const ids: readonly [string, boolean][] = [
  ['A'.repeat(24), true],
  ['abcdefghijklmnopqrst0-_9', true],
  ['A'.repeat(23), false],
  ['A'.repeat(25), false],
  ['', false],
  [`${'A'.repeat(23)}+`, false],
  [`${'A'.repeat(23)}=`, false],
  [`${'A'.repeat(24)}\n`, false],
  ['../../../../etc/passwd..', false],
  [`${'A'.repeat(23)}\0`, false],
];
for (const [id, want] of ids) {
  test(`an id from a client: ${JSON.stringify(id)}: ${want}`, () => {
    assert.equal(isSessionId(id), want);
    assert.equal(readSessionId(new Map([[sessionCookieName, id]])), want ? id : undefined);
  });
}

test('no cookie, no id; the name counts in its exact case', () => {
  assert.equal(readSessionId(new Map()), undefined);
  assert.equal(readSessionId(new Map([['__host-session', 'A'.repeat(24)]])), undefined);
});
