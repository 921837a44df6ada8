/** The page of rules held to the files and tests it names, and the sources held to the page. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../src/lab/package-root.ts';
import { testTitles } from '../../../testing/titles-of-tests.ts';

const pagePath = 'docs/conformance.md';
const page = readFileSync(join(packageRoot, pagePath), 'utf8');

/** `[name]: path` lines of the page: where a name in brackets leads to, from the package root. */
const links = new Map(
  [...page.matchAll(/^\[([^\]]+)\]: (\S+)$/gm)].map(([, name = '', path = '']) => [
    name,
    join(dirname(pagePath), path),
  ]),
);

interface Rule {
  section: string;
  id: string;
  rule: string;
  level: string;
  who: string;
  files: string[];
  behaviour: string;
  tests: { file: string; title: string }[];
}

/**
 * Reads the tables: `## §5.1, §5.2 ...` begins a section, `| 5.1-1 | ...` is a rule; those of RFC
 * 7692 have both before it: `## RFC 7692 §7 ...`, `| 7692-7.1-1 |`.
 */
function readRules(): Rule[] {
  const rules: Rule[] = [];
  let section = '';
  for (const line of page.split('\n')) {
    if (line.startsWith('## ')) section = line;
    if (!/^\| \d/.test(line)) continue;
    const cells = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim());
    assert.equal(cells.length, 7, line);
    const [id = '', rule = '', level = '', who = '', file = '', behaviour = '', tests = ''] = cells;
    const files = [...file.matchAll(/\[([^\]]+)\]/g)].map(([, name = '']) => name);
    rules.push({ section, id, rule, level, who, files, behaviour, tests: readTests(tests) });
  }
  return rules;
}

/** `[file] title; title; [file] title`; `our server/client` stands for two titles. */
function readTests(cell: string): { file: string; title: string }[] {
  let file = '';
  return cell.split(/; (?=\[|§|RFC 7692 §)/).flatMap((part) => {
    const named = /^\[([^\]]+)\] (.*)$/.exec(part);
    file = named?.[1] ?? file;
    const title = named?.[2] ?? part;
    if (title === '') return [];
    const both = title.endsWith('our server/client');
    const titles = both
      ? ['server', 'client'].map((role) => title.replace('server/client', role))
      : [title];
    return titles.map((one) => ({ file, title: one }));
  });
}

/** `5.1-2` and `7692-5.1-2`: the section, and which rule of it. */
function splitId(id: string): [section: string, count: string] {
  const at = id.lastIndexOf('-');
  return at < 0 ? ['', '0'] : [id.slice(0, at), id.slice(at + 1)];
}

const rules = readRules();

/** Reports all that is wrong at once. */
function checkRules(complain: (rule: Rule) => string[]): void {
  const complaints = rules.flatMap((rule) => complain(rule).map((what) => `${rule.id}: ${what}`));
  assert.deepEqual(complaints, []);
}

test('every id stands in its section, once, and none is left out', () => {
  assert.ok(rules.length > 100, `${rules.length} rules`);
  let last = '';
  checkRules(({ id, section }) => {
    const [number, count] = splitId(id);
    const [lastNumber, lastCount] = splitId(last);
    last = id;
    const sections = [...section.matchAll(/§(\d+(?:\.\d+)*)/g)].map(([, one]) => one);
    const inSection = number.replace('7692-', '');
    const next = number === lastNumber ? Number(lastCount) + 1 : 1;
    const earlier = rules.filter((rule) => rule.id === id).length;
    return [
      ...(Number(count) === next ? [] : [`${number}-${next} was expected`]),
      ...(sections.some((one) => `${inSection}.`.startsWith(`${one}.`)) ? [] : [`in ${section}`]),
      ...(number.startsWith('7692-') === section.includes('RFC 7692') ? [] : [`in ${section}`]),
      ...(earlier === 1 ? [] : ['is there twice']),
    ];
  });
});

test('every rule has words, a level and somebody who keeps it', () => {
  const levels = /^(MUST|MUST NOT|SHOULD|SHOULD NOT|must|should|is|stricter)$/;
  const addressees = /^(client|server|both|browser|intermediary|extension|IANA)$/;
  checkRules(({ rule, level, who }) => [
    ...(rule === '' ? ['has no words'] : []),
    ...(levels.test(level) ? [] : [`level ${level}`]),
    ...(addressees.test(who) ? [] : [`who: ${who}`]),
  ]);
});

test('every rule has a file and a test, or says why not', () => {
  checkRules(({ files, behaviour, tests }) => {
    if (/^(n\.a\.|not kept): /.test(behaviour)) return tests.length === 0 ? [] : ['has a test'];
    return [
      ...(files.length === 0 ? ['names no file'] : []),
      ...(tests.length === 0 ? ['names no test'] : []),
    ];
  });
});

test('every file that is named exists', () => {
  const broken = [...links].filter(([, path]) => !existsSync(join(packageRoot, path)));
  assert.deepEqual(broken, []);
  checkRules(({ files, tests }) =>
    [...files, ...tests.map(({ file }) => file)]
      .filter((name) => !links.has(name))
      .map((name) => `[${name}] leads nowhere`),
  );
  const used = [...page.matchAll(/\[([a-z0-9.-]+)\](?!:)/g)].map(([, name]) => name);
  assert.deepEqual(
    [...links.keys()].filter((name) => !used.includes(name)),
    [],
  );
});

test('every test that is named is in its file, under this very title', () => {
  const known = new Map<string, (title: string) => boolean>();
  checkRules(({ tests }) =>
    tests.flatMap(({ file, title }) => {
      const path = links.get(file) ?? '';
      const has = known.get(path) ?? testTitles(join(packageRoot, path));
      known.set(path, has);
      return has(title) ? [] : [`${file} has no test "${title}"`];
    }),
  );
});

test('the finder of titles does not find what is not there', () => {
  const has = testTitles(join(packageRoot, links.get('closing.test') ?? ''));
  assert.equal(has('§7.4 close code 1000, our server'), true);
  assert.equal(has('§7.4 close code 1017, our server'), false);
  assert.equal(has('§7.4 close code 1000, our proxy'), false);
  assert.equal(has('§7.4 close code 1000'), false);
  assert.equal(has('§5.5.1 a close'), false);
});

test('every error code on the page is one of ours', () => {
  const ours = readFileSync(join(packageRoot, 'docs/errors.md'), 'utf8');
  const codes = new Set(page.match(/\bERR_WS_[A-Z0-9_]+/g));
  assert.ok(codes.size >= 15);
  assert.deepEqual(
    [...codes].filter((code) => !ours.includes(`\`${code}\``)),
    [],
  );
});

test('every rule that a source cites has its section on the page', () => {
  const folder = join(packageRoot, 'src/websocket');
  const files = readdirSync(folder, { recursive: true }).map(String);
  const complaints = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      const cited = text.matchAll(/\b(?:MUST|SHOULD)(?: NOT)? \([^)]*RFC (6455|7692) §([\d.]*\d)/g);
      return [...cited]
        .map(([, rfc, section]) => (rfc === '7692' ? `7692-${section}` : section))
        .filter((section) => !rules.some(({ id }) => id.startsWith(`${section}-`)))
        .map((section) => `${file}: ${section}`);
    });
  assert.deepEqual(complaints, []);
});
