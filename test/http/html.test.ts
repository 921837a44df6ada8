import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeHtml, serializeHtmlPage } from '../../src/http/html.ts';

test('the five characters become references, all else stays', () => {
  const text = `<img src=x onerror="alert('1')"> & é 😀`;
  const want = '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; é 😀';
  assert.equal(escapeHtml(text), want);
  assert.equal(escapeHtml('&lt;'), '&amp;lt;');
  for (let code = 0; code < 256; code++) {
    const character = String.fromCharCode(code);
    assert.equal(escapeHtml(character) === character, !'&<>"\''.includes(character));
  }
});

test('a page: doctype first, text escaped, body as it is', () => {
  const page = serializeHtmlPage({
    title: '</title><script>',
    bodyHtml: '<p>here</p>',
    language: '"><b>',
    stylesheet: '/a.css?"',
  });
  assert.ok(page.startsWith('<!doctype html>\n<html lang="&quot;&gt;&lt;b&gt;">'));
  assert.ok(page.includes('<meta charset="utf-8">'));
  assert.ok(page.includes('<title>&lt;/title&gt;&lt;script&gt;</title>'));
  assert.ok(page.includes('<link rel="stylesheet" href="/a.css?&quot;">'));
  assert.ok(page.includes('<body>\n<p>here</p>\n</body>'));
  assert.ok(!serializeHtmlPage({ title: '', bodyHtml: '' }).includes('<link'));
});
