/** Secrets: how they are compared, and where what must not be guessed comes from. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../src/lab/package-root.ts';

/** Every file of these folders that holds code, ours or for others to copy, without comments. */
function codeBelow(folders: readonly string[]): { file: string; code: string }[] {
  return folders.flatMap((folder) =>
    readdirSync(join(packageRoot, folder), { recursive: true })
      .map((name) => join(folder, String(name)))
      .filter((name) => /\.(ts|js|md|html)$/.test(name))
      .map((file) => {
        const text = readFileSync(join(packageRoot, file), 'utf8');
        return { file, code: text.replace(/\/\*[^]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '') };
      }),
  );
}

// token, secret, password, ... as a word of a name, beside a comparison with another value.
const secret = String.raw`\w*(?:[sS]ecret|[pP]assword|[tT]oken|[cC]redential|[aA]uthorization|[sS]essionId|[aA]piKey)s?\b`;
const nothing = String.raw`(?!\s*(?:undefined|null|''|""))`;
const comparison = new RegExp(
  String.raw`\b${secret}\s*[!=]==?(?!=)${nothing}|[!=]==?(?!=)\s*(?:\w+\.)*${secret}(?!\()`,
);

test('CVE-2021-33880 the pattern knows a secret that is compared when it sees one', () => {
  for (const code of [
    'if (token === expected) {',
    'if (password !== user.password) {',
    'return expected === request.headers.authorization;',
    'apiKey == given',
    'if (resumeToken === stored) {',
  ]) {
    assert.match(code, comparison);
  }
  for (const code of [
    'if (token === undefined) {',
    "url.password !== ''",
    'isToken(name)',
    'timingSafeEqual(hash(token), hash(expected))',
    'if (name === undefined) return text.token();',
  ]) {
    assert.doesNotMatch(code, comparison);
  }
});

test('CVE-2021-33880 no secret is compared with ===, which stops at the first difference', () => {
  const found = codeBelow(['src', 'examples', 'docs']).flatMap(({ file, code }) =>
    code
      .split('\n')
      .filter((line) => comparison.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
  assert.deepEqual(found, []);
});

test('CVE-2017-16031 what must not be guessed comes from node:crypto, and dice only spread delays', () => {
  const dice = codeBelow(['src', 'examples']).filter(({ code }) => code.includes('Math.random'));
  // Who comes back when: nobody gains by knowing.
  assert.deepEqual(dice.map(({ file }) => file).sort(), [
    join('src', 'lab', 'pages', 'chat.js'),
    join('src', 'websocket', 'io', 'reconnect.ts'),
  ]);
  for (const { file, code } of dice) {
    for (const line of code.split('\n').filter((one) => one.includes('Math.random'))) {
      assert.match(line, /setTimeout|Ms|options\.random/, `${file}: ${line}`);
    }
  }
});

test('CVE-2017-16031 keys, masks and session ids are made of random bytes of node:crypto', () => {
  for (const file of [
    'src/websocket/io/client.ts',
    'src/websocket/io/masking-keys.ts',
    'src/http/io/visitor.ts',
  ]) {
    const text = readFileSync(join(packageRoot, file), 'utf8');
    assert.match(
      text,
      /import \{[^}]*\brandom(?:Bytes|FillSync)\b[^}]*\} from 'node:crypto'/,
      file,
    );
  }
});
