/**
 * The rules of the structure, held to the files: who imports whom, what is pure, what each file says
 * of itself, and that every file with something to test has its test.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../src/lab/package-root.ts';
import { runsTypeScript } from '../testing/tools.ts';

const everything = ['shared', 'cookies', 'websocket', 'tls', 'http', 'chat', 'lab', 'bench', 'cli'];
const mayImport: Record<string, readonly string[]> = {
  shared: [],
  cookies: ['shared'],
  websocket: ['shared'],
  tls: ['shared'],
  http: ['shared', 'cookies', 'tls'],
  chat: ['shared', 'websocket'],
  lab: everything,
  bench: everything,
  cli: everything,
};
const pureNodeModules = new Set(['node:buffer', 'node:assert', 'node:url', 'node:crypto']);
const wholeModulesWithIo = new Set(['lab', 'bench', 'cli']);

interface Import {
  target: string;
  typeOnly: boolean;
  names: string;
}

function filesBelow(folder: string, ending: string): string[] {
  if (!existsSync(join(packageRoot, folder))) return [];
  return readdirSync(join(packageRoot, folder), { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((name) => name.endsWith(ending))
    .sort();
}

function textOf(file: string): string {
  return readFileSync(join(packageRoot, file), 'utf8');
}

function importsOf(text: string): Import[] {
  const statements = text.matchAll(
    /^(?:import|export)\s+(type\s+)?(?:([\w*{][^'";=(]*?)\s+from\s+)?'([^']+)'/gm,
  );
  return [...statements].map(([, typeOnly, names, target]) => ({
    target: target ?? '',
    typeOnly: typeOnly !== undefined,
    names: names ?? '',
  }));
}

function moduleOf(file: string): string {
  return file.split(sep)[1] ?? '';
}

const isIo = (file: string) =>
  file.split(sep).includes('io') || wholeModulesWithIo.has(moduleOf(file));
const isIndex = (file: string) => file.endsWith(`${sep}index.ts`);
const sources = filesBelow('src', '.ts');

/** Runs one rule over every source file and reports all that break it at once. */
function checkEach(files: readonly string[], rule: (file: string, text: string) => string[]): void {
  const complaints = files.flatMap((file) =>
    rule(file, textOf(file)).map((what) => `${file}: ${what}`),
  );
  assert.deepEqual(complaints, []);
}

test('modules import only what the table allows, and only through index.ts', () => {
  checkEach(sources, (file, text) =>
    importsOf(text)
      .filter(({ target }) => target.startsWith('.'))
      .flatMap(({ target }) => {
        const path = normalize(join(dirname(file), target));
        const [from, to] = [moduleOf(file), moduleOf(path)];
        if (from === to) return [];
        if (!mayImport[from]?.includes(to)) return [`${from} must not import ${to}`];
        return isIndex(path) ? [] : [`imports ${path} instead of ${to}/index.ts`];
      }),
  );
});

test('pure files touch no socket, file, clock, timer or randomness', () => {
  const impure =
    /\b(setTimeout|setInterval|setImmediate|queueMicrotask|Date\.now\(|Math\.random|new Date\(\)|performance\.|process\.|fetch\(|console\.|randomBytes|generateKeyPair|randomUUID|randomInt|randomFill)/;
  const pure = sources.filter((file) => !isIo(file) && !isIndex(file));
  checkEach(pure, (file, text) => {
    const complaints = importsOf(text).flatMap(({ target, typeOnly, names }) => {
      if (target.includes('/io/')) return [`imports ${target}`];
      if (!target.startsWith('node:') || typeOnly || pureNodeModules.has(target)) return [];
      if (target === 'node:net' && names === '{ isIP }') return [];
      if (target === 'node:zlib' && file.includes(`${sep}deflate${sep}`)) return [];
      return [`imports ${target}`];
    });
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
    const call = impure.exec(code);
    return call ? [...complaints, `uses ${call[0]}`] : complaints;
  });
});

test('relative imports end in .ts, and only node: modules are imported by name', () => {
  const files = [...sources, ...filesBelow('test', '.ts'), ...filesBelow('testing', '.ts')];
  checkEach([...files, ...filesBelow('examples', '.ts')], (_file, text) =>
    importsOf(text).flatMap(({ target }) => {
      if (target.startsWith('.')) return target.endsWith('.ts') ? [] : [`imports ${target}`];
      return target.startsWith('node:') || target.startsWith('barewire/')
        ? []
        : [`imports ${target}`];
    }),
  );
});

test('every source file opens with a header: a sentence, Spec, Next, Left out', () => {
  const files = [...sources.filter((file) => !isIndex(file)), ...filesBelow('testing', '.ts')];
  checkEach(files, (_file, text) => {
    const header = /^(?:#!.*\n)?\/\*\*\n([\s\S]*?)\*\//.exec(text)?.[1];
    if (header === undefined) return ['has no header'];
    return ['Spec ', 'Next ', 'Left out ']
      .filter((word) => !header.includes(` * ${word}`))
      .map((word) => `header lacks ${word}`);
  });
});

test('no file is over 400 lines, no index over 40, no line over 100 columns', () => {
  checkEach([...sources, ...filesBelow('testing', '.ts')], (file, text) => {
    const lines = text.split('\n');
    const most = isIndex(file) ? 41 : 401;
    const long = lines.findIndex((line) => line.length > 100);
    return [
      ...(lines.length > most ? [`has ${lines.length - 1} lines`] : []),
      ...(long >= 0 ? [`line ${long + 1} is over 100 columns`] : []),
    ];
  });
});

test('the dialect: no any, no suppressed errors, no DataView, no global WebSocket, no using', () => {
  const banned =
    /(: any\b|\bas any\b|@ts-ignore|@ts-expect-error|\bDataView\(|globalThis\.WebSocket|^\s*using )/m;
  checkEach(sources, (_file, text) => {
    const found = banned.exec(text);
    return found ? [`uses ${found[0].trim()}`] : [];
  });
});

test('every exported function and class has a doc comment', () => {
  checkEach(
    sources.filter((file) => !isIndex(file)),
    (_file, text) => {
      const lines = text.split('\n');
      return lines.flatMap((line, index) => {
        if (!/^export (async )?(function|class|abstract class)\b/.test(line)) return [];
        return lines[index - 1]?.trim().endsWith('*/') ? [] : [`no doc comment above: ${line}`];
      });
    },
  );
});

test('test/ mirrors src/: each test names a source file, each source file has a test', () => {
  const exempt = (file: string) => isIndex(file) || file.includes(`${sep}pages${sep}`);
  const tests = filesBelow('test', '.ts');
  const missing = sources
    .filter((file) => !exempt(file))
    .filter((file) => /^export (async )?(function|class)/m.test(textOf(file)))
    .map((file) => join('test', relative('src', file)).replace(/\.ts$/, '.test.ts'))
    .filter((file) => !tests.includes(file));
  assert.deepEqual(missing, [], 'source files without a test');
  const stray = tests.filter((file) => !file.endsWith('.test.ts'));
  assert.deepEqual(stray, [], 'helpers belong in testing/');
});

test('package.json: no dependencies, two development dependencies, no download addresses', () => {
  const manifest = JSON.parse(textOf('package.json')) as Record<string, Record<string, string>>;
  assert.equal(manifest['dependencies'], undefined);
  assert.deepEqual(Object.keys(manifest['devDependencies'] ?? {}), ['@types/node', 'typescript']);
  assert.doesNotMatch(textOf('package-lock.json'), /"resolved"/);
});

test(
  'plain `node --test` takes exactly the files of `npm test`',
  { skip: runsTypeScript ? false : 'needs Node 22.18, which runs TypeScript' },
  () => {
    // What Node's documentation lists as its default patterns, applied to every file of the checkout.
    const pattern =
      /(^|\/)test\/.*\.[cm]?[jt]s$|(^|\/)test\.[cm]?[jt]s$|(^|\/)test-[^/]*\.[cm]?[jt]s$|[._-]test\.[cm]?[jt]s$/;
    const skipped = new Set(['node_modules', '.git', '.barewire']);
    const walk = (folder: string): string[] =>
      readdirSync(join(packageRoot, folder), { withFileTypes: true }).flatMap((entry) => {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory()) return skipped.has(entry.name) ? [] : walk(path);
        return pattern.test(path) && !path.endsWith('.d.ts') ? [path] : [];
      });
    const listing = spawnSync(process.execPath, ['scripts/run-tests.js', '--list'], {
      cwd: packageRoot,
      encoding: 'utf8',
    });
    assert.deepEqual(walk('').sort(), listing.stdout.trim().split('\n').sort());
  },
);
