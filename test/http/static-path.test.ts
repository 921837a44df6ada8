import assert from 'node:assert/strict';
import { posix, win32 } from 'node:path';
import { test } from 'node:test';
import { decideStaticPath } from '../../src/http/static-path.ts';
import { seededRandom } from '../../testing/seeded-random.ts';

const served: readonly [string, string][] = [
  ['a.html', 'a.html'],
  ['', 'index.html'],
  ['docs/', 'docs/index.html'],
  ['docs/a%20b.html', 'docs/a b.html'],
  ['caf%C3%A9.txt', 'café.txt'],
  ['a..b', 'a..b'],
  ['a.min.js', 'a.min.js'],
  ['100%25', '100%'],
  ['__proto__', '__proto__'],
  ['~root', '~root'],
];
for (const [path, want] of served) {
  test(`serves ${JSON.stringify(path)}`, () => {
    assert.deepEqual(decideStaticPath(path), { kind: 'serve', path: want });
  });
}

const refused = [
  '..',
  '../x',
  'a/../../x',
  './x',
  '.',
  '%2e%2e/x',
  '%2E%2E%2Fx',
  '..%2fx',
  '%2e%2e%2fx',
  '..%5cx',
  '..\\x',
  'a\\..\\x',
  '%252e%252e/x',
  '%252e%252e%252fx',
  'a%252fb',
  '%25%32%65%25%32%65/x',
  'a%2fb',
  'a%5cb',
  'a%00.html',
  'a\0.html',
  'a%0ab',
  'a%7fb',
  'C:/x',
  'c%3A%5Cx',
  'a.txt::$DATA',
  '/etc/passwd',
  '%2fetc/passwd',
  'a//b',
  '.git/config',
  'a/.env',
  '%2eenv',
  'a.',
  'a%20',
  '...',
  'a/.../b',
  '%',
  '%zz',
  '%c0%ae%c0%ae/x',
  '%ff',
];
for (const path of refused) {
  test(`refuses ${JSON.stringify(path)}`, () => {
    assert.equal(decideStaticPath(path).kind, 'refuse');
  });
}

test('whatever is served stays below its folder, on every system', (t) => {
  const random = seededRandom(t);
  const pieces = ['.', '..', '/', '\\', '%2e', '%2F', '%5c', '%25', '%00', 'a', 'c:', ' ', '2e'];
  for (let round = 0; round < 20_000; round++) {
    const path = Array.from({ length: random.below(8) }, () => random.pick(pieces)).join('');
    const decision = decideStaticPath(path);
    if (decision.kind === 'refuse') continue;
    for (const system of [posix, win32]) {
      const root = system === posix ? '/srv/www' : 'C:\\srv\\www';
      const whole = system.resolve(root, decision.path);
      assert.ok(whole.startsWith(root + system.sep), `${path} gives ${whole}`);
    }
  }
});
