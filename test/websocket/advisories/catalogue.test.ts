/** The page of advisories held to the files and tests it names, and the tests to the page. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../src/lab/package-root.ts';
import { testTitles } from '../../../testing/titles-of-tests.ts';

const pagePath = 'docs/websocket/advisories.md';
const folder = join(packageRoot, 'test/websocket/advisories');
const page = readFileSync(join(packageRoot, pagePath), 'utf8');

/** Where each name in brackets leads to, from the package root. */
const links = new Map(
  [...page.matchAll(/^\[([^\]]+)\]: (\S+)$/gm)].map(([, name = '', path = '']) => [
    name,
    join(dirname(pagePath), path),
  ]),
);

interface Row {
  advisory: string;
  trouble: string;
  defence: string;
  tests: { file: string; title: string }[];
}

/** Rows of all tables but for their heads. */
const rows: Row[] = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| advisory |'))
  .map((line) => {
    const cells = line.slice(1, -1).split('|');
    assert.equal(cells.length, 4, line);
    const [advisory = '', trouble = '', defence = '', tests = ''] = cells.map((cell) =>
      cell.trim(),
    );
    return { advisory, trouble, defence, tests: readTests(tests) };
  });

/** `[file] title; title; [file] title`; `our server/client` stands for two titles. */
function readTests(cell: string): Row['tests'] {
  let file = '';
  return cell.split('; ').flatMap((part) => {
    const named = /^\[([^\]]+)\] (.*)$/.exec(part);
    file = named?.[1] ?? file;
    const title = named?.[2] ?? part;
    if (title === '') return [];
    return title.endsWith('our server/client')
      ? ['server', 'client'].map((role) => ({ file, title: title.replace('server/client', role) }))
      : [{ file, title }];
  });
}

/** Reports all that is wrong at once. */
function checkRows(complain: (row: Row) => string[]): void {
  const complaints = rows.flatMap((row) => complain(row).map((what) => `${row.advisory}: ${what}`));
  assert.deepEqual(complaints, []);
}

test('every advisory is there once, in words, with a file or a sentence and a test', () => {
  assert.ok(rows.length >= 35, `${rows.length} rows`);
  checkRows(({ advisory, trouble, defence, tests }) => [
    ...(rows.filter((row) => row.advisory === advisory).length === 1 ? [] : ['is there twice']),
    ...(trouble !== '' && defence !== '' ? [] : ['says nothing']),
    ...(tests.length > 0 || defence.startsWith('n.a.: ') ? [] : ['names no test']),
  ]);
});

test('every file that is named exists, and every link is used', () => {
  const broken = [...links].filter(([, path]) => !existsSync(join(packageRoot, path)));
  assert.deepEqual(broken, []);
  const used = new Set([...page.matchAll(/\[([a-z0-9.-]+)\](?!:)/g)].map(([, name = '']) => name));
  assert.deepEqual([...used].sort(), [...links.keys()].sort());
});

test('every test that is named is in its file, under this very title', () => {
  const known = new Map<string, (title: string) => boolean>();
  checkRows(({ tests }) =>
    tests.flatMap(({ file, title }) => {
      const path = links.get(file) ?? '';
      const has = known.get(path) ?? testTitles(join(packageRoot, path));
      known.set(path, has);
      return has(title) ? [] : [`${file} has no test "${title}"`];
    }),
  );
});

test('every advisory that a test here is named after is on the page', () => {
  const number = /CVE-\d{4}-\d+|GHSA(?:-[a-z0-9]{4}){3}|[\w-]+\/[\w-]+#\d+/g;
  const files = readdirSync(folder).filter((name) => name !== 'catalogue.test.ts');
  const named = files.flatMap(
    (name) => readFileSync(join(folder, name), 'utf8').match(number) ?? [],
  );
  assert.ok(new Set(named).size >= 25);
  const advisories = rows.map(({ advisory }) => advisory).join('\n');
  assert.deepEqual(
    [...new Set(named)].filter((one) => !advisories.includes(one)),
    [],
  );
});

test('every file of tests here is named on the page', () => {
  const files = readdirSync(folder).map((name) => join('test/websocket/advisories', name));
  const linked = new Set(links.values());
  assert.deepEqual(
    files.filter((file) => !linked.has(file)),
    [],
  );
});
