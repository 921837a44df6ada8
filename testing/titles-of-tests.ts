/**
 * Which titles the tests of a file have, read from its source.
 *
 * Spec      -
 * Next      test/websocket/conformance/catalogue.test.ts
 * Left out  running the tests; titles that are put together by more than templates
 *
 *   test(`${name}, our ${role}`, ...)     a title is `???, our ???`, and both ??? are words of the
 *                                         file (or of the helpers it imports), alone in quotes, as
 *                                         a number, or by a template in their turn
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const literal = /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g;

/** Answers whether a test of this file bears a title. */
export function testTitles(file: string): (title: string) => boolean {
  const source = readFileSync(file, 'utf8');
  const helpers = [...source.matchAll(/from '(\.[^']+testing\/[^']+)'/g)]
    .map(([, path = '']) => join(dirname(file), path))
    .map((path) => readFileSync(path, 'utf8'));
  const text = [source, ...helpers].join('\n');
  const words = new Set<string>(text.match(/\b\d[\d_]*\b/g));
  const templates: RegExp[] = [];
  for (const [, single, double, template] of text.matchAll(literal)) {
    if (template?.includes('${')) templates.push(patternOf(template));
    else words.add(single ?? double ?? template ?? '');
  }
  const explains = (part: string, depth: number): boolean =>
    words.has(part) || (depth > 0 && templates.some((pattern) => fits(pattern, part, depth - 1)));
  const fits = (pattern: RegExp, part: string, depth: number): boolean => {
    const found = pattern.exec(part);
    return found !== null && found.slice(1).every((inner) => explains(inner, depth));
  };
  const titles = [...source.matchAll(/\btest\(\s*/g)].map((call) =>
    source.slice(call.index + call[0].length),
  );
  return (title) =>
    titles.some((rest) => {
      const found = new RegExp(`^(?:${literal.source})`).exec(rest);
      if (found === null) return false;
      const template = found[3];
      if (template?.includes('${')) return fits(patternOf(template), title, 3);
      return (found[1] ?? found[2] ?? template) === title;
    });
}

/** A template as a pattern: each `${...}` is a group, the shortest that fits. */
function patternOf(template: string): RegExp {
  const parts = template
    .split(/\$\{[^}]*\}/)
    .map((part) => part.replace(/\\(.)/g, '$1').replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('(.*?)')}$`, 's');
}
