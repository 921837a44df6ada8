import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasValidHost } from '../../src/http/host.ts';

const cases: readonly [string, readonly string[], boolean][] = [
  ['1.1', ['Host', 'example.org'], true],
  ['1.1', ['Accept', '*/*', 'hOST', 'example.org:8443'], true],
  ['1.1', ['Host', '[::1]:8443'], true],
  ['1.1', ['Host', ''], true],
  ['1.1', [], false],
  ['1.1', ['Accept', 'host'], false],
  ['1.0', [], true],
  ['1.1', ['Host', 'a', 'Host', 'a'], false],
  ['1.0', ['Host', 'a', 'host', 'b'], false],
  ['1.1', ['Host', 'a b'], false],
  ['1.1', ['Host', 'a/b'], false],
  ['1.1', ['Host', 'user@a'], false],
  ['1.1', ['Host', 'a?b'], false],
  ['1.1', ['Host', '<a>'], false],
  ['1.1', ['Host', 'é'], false],
];
for (const [version, rawHeaders, want] of cases) {
  test(`RFC 9112 §3.2 HTTP/${version} with ${JSON.stringify(rawHeaders)}: ${want}`, () => {
    assert.equal(hasValidHost(version, rawHeaders), want);
  });
}
