/** The documentation held to the code: links lead somewhere, codes and names are all there. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { ChatErrorCode } from '../src/chat/index.ts';
import { packageRoot } from '../src/lab/package-root.ts';
import { encodeFrame, Opcode } from '../src/websocket/index.ts';

function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(join(packageRoot, folder), { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((name) => name.endsWith(ending));
}

const textOf = (file: string) => readFileSync(join(packageRoot, file), 'utf8');
const rootPages = readdirSync(packageRoot).filter((name) => name.endsWith('.md'));
const pages = [...rootPages, ...filesBelow('docs', '.md')];
const errorsPage = textOf('docs/errors.md');

test('every relative link of the documentation leads to a file', () => {
  const broken = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => !existsSync(join(packageRoot, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  assert.deepEqual(broken, []);
});

test('every error code of ours is on the page of errors, and none that is gone', () => {
  const ours = /\bERR_(?:WS|DER|TLS)_[A-Z0-9_]+/g;
  const codes = new Set(filesBelow('src', '.ts').flatMap((file) => textOf(file).match(ours) ?? []));
  // Node's own code for a name that does not fit is spoken of, but not ours.
  const listed = new Set(errorsPage.match(ours) ?? []);
  assert.deepEqual([...listed].sort(), [...codes].sort());
  for (const code of Object.values(ChatErrorCode))
    assert.ok(errorsPage.includes(`\`${code}\``), code);
});

test('every error code of ours is in a test', () => {
  const tests = filesBelow('test', '.ts').map(textOf).join('\n');
  const missing = [...new Set(errorsPage.match(/\bERR_(?:WS|DER)_[A-Z0-9_]+/g))].filter(
    (code) => !tests.includes(code),
  );
  assert.deepEqual(missing, []);
});

test('what path-of-a-message.md names in code is in the file it links to', () => {
  const page = textOf('docs/path-of-a-message.md');
  const named = [...page.matchAll(/\[[^\]]+\]\((\.\.\/src\/[^)]+)\)\s*\(`#?([A-Za-z0-9_]+)`\)/g)];
  assert.ok(named.length >= 5, 'the pattern finds what the page names');
  for (const [, file = '', name = ''] of named) {
    assert.ok(textOf(join('docs', file)).includes(name), `${file}: ${name}`);
  }
});

test('§5.2 the frame on path-of-a-message.md is the frame of its JSON', () => {
  const page = textOf('docs/path-of-a-message.md');
  const json = /socket\.send\('(\{[^']+\})'\)/.exec(page)?.[1] ?? '';
  const printed = /^(81(?: [0-9a-f]{2})+) \.\.\.$/m.exec(page)?.[1]?.split(' ') ?? [];
  assert.ok(printed.length > 6, 'the pattern finds the bytes');
  const maskingKey = Number.parseInt(printed.slice(2, 6).join(''), 16);
  const payload = Buffer.from(json);
  const frame = encodeFrame({ opcode: Opcode.text, payload, maskingKey });
  assert.equal(frame.toString('hex', 0, printed.length), printed.join(''));
  assert.ok(page.includes(`the ${payload.length} bytes`), 'the page counts right');
  // The page of the chat numbers its messages; an id in quotes would be two bytes longer.
  assert.equal(typeof (JSON.parse(json) as { id: unknown }).id, 'number');
});

test('every example is in the README, and every module in its map', () => {
  const readme = textOf('README.md');
  for (const file of filesBelow('examples', '.ts')) {
    const name = file.slice('examples/'.length, -'.ts'.length);
    assert.ok(readme.includes(name), name);
  }
  for (const folder of readdirSync(join(packageRoot, 'src'))) {
    if (!statSync(join(packageRoot, 'src', folder)).isDirectory()) continue;
    assert.ok(readme.includes(`\`src/${folder}\``), folder);
  }
});

test('the project speaks of itself alone: no path of a machine in what is shipped', () => {
  const files = [...pages, ...filesBelow('src', ''), ...filesBelow('examples', '')];
  const found = files
    .filter((file) => statSync(join(packageRoot, file)).isFile() && !file.endsWith('.png'))
    .filter((file) => /\/(?:work|home|root)\//.test(textOf(file)));
  assert.deepEqual(found, []);
});
