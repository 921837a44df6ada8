/**
 * The whole product in a real browser: Chromium, with the development authority trusted in a profile
 * of its own, driven through its DevTools protocol over our own WebSocket client.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../src/lab/index.ts';
import { startBrowser } from '../../testing/browser.ts';
import type { Page } from '../../testing/browser.ts';
import { startTestLab } from '../../testing/lab.ts';
import { startProgram, runnable } from '../../testing/program.ts';
import { testWith } from '../../testing/tools.ts';

const artifacts = join(packageRoot, 'artifacts');

async function enter(page: Page, name: string): Promise<void> {
  await page.waitFor(`document.querySelector('#status').textContent.includes('online')`);
  await page.evaluate(`document.querySelector('#name').focus()`);
  await page.type(name);
  await page.pressEnter();
  await page.waitFor(`document.querySelector('#text').checkVisibility()`);
}

async function say(page: Page, text: string): Promise<void> {
  await page.evaluate(`document.querySelector('#text').focus()`);
  await page.type(text);
  await page.pressEnter();
}

/** Waits for a message and answers who it is from. */
async function messageFrom(page: Page, text: string): Promise<unknown> {
  const messages = `[...document.querySelectorAll('#messages li:not(.pending)')]`;
  const found = `${messages}.find((li) => li.querySelector('.text')?.textContent === ${JSON.stringify(text)})`;
  return await page.waitFor(`(${found})?.querySelector('.from')?.textContent`);
}

testWith(['chromium', 'certutil'], 'two pages chat with each other over wss', async (t) => {
  const lab = await startTestLab(t);
  const browser = await startBrowser(t, { trust: lab.credentials.authorityCertificatePath });
  const [ann, ben] = await Promise.all([
    browser.open(`${lab.url}chat`),
    browser.open(`${lab.url}chat`),
  ]);
  const hostile = '<img src=x onerror=alert(1)>';
  await enter(ann, 'Ann');
  await enter(ben, hostile);

  // No certificate error: the page is a secure context, and its own address is https.
  assert.equal(await ann.evaluate('isSecureContext && location.protocol'), 'https:');
  await say(ann, 'Does the S work?');
  assert.equal(await messageFrom(ben, 'Does the S work?'), 'Ann');
  await say(ben, '<b>Yes</b> & "no" error');
  assert.equal(await messageFrom(ann, '<b>Yes</b> & "no" error'), hostile);
  // Text stays text, in the list of people too.
  assert.equal(await ann.evaluate(`document.querySelectorAll('#messages b, main img').length`), 0);
  const members = await ann.waitFor(`document.querySelector('#members').textContent`);
  assert.ok(String(members).includes(hostile));
  await ann.screenshot(join(artifacts, 'chat.png'));
  await ann.emulate({ width: 390, height: 780, dark: true });
  await ann.screenshot(join(artifacts, 'chat-phone-dark.png'));
});

testWith(
  ['chromium', 'certutil'],
  'a page comes back by itself when the server does',
  async (t) => {
    const first = await startTestLab(t);
    const { authorityCertificatePath } = first.credentials;
    const browser = await startBrowser(t, { trust: authorityCertificatePath });
    const page = await browser.open(`${first.url}chat`);
    await enter(page, 'Ann');
    await first.shutdown();
    await page.waitFor(`document.querySelector('#status').textContent.includes('reconnecting')`);
    const port = Number(new URL(first.url).port);
    const folder = join(authorityCertificatePath, '..');
    await startTestLab(t, { port, folder });
    await page.waitFor(`document.querySelector('#status').textContent.includes('online')`);
    await say(page, 'back again');
    assert.equal(await messageFrom(page, 'back again'), 'Ann');
  },
);

testWith(['chromium', 'certutil'], 'the index page speaks both small protocols', async (t) => {
  const lab = await startTestLab(t);
  const browser = await startBrowser(t, { trust: lab.credentials.authorityCertificatePath });
  const page = await browser.open(lab.url);
  await page.evaluate(`document.querySelector('#ping-gnip').requestSubmit()`);
  await page.waitFor(`document.querySelector('#ping-gnip-answer').textContent === 'olleH'`);
  await page.evaluate(`document.querySelector('#countdown-number').value = '2'`);
  await page.evaluate(`document.querySelector('#countdown').requestSubmit()`);
  await page.waitFor(`document.querySelector('#countdown-answer').textContent === '0'`);
  await page.screenshot(join(artifacts, 'index.png'));
});

testWith(['chromium', 'certutil'], 'the visit counter counts in a browser', async (t) => {
  const lab = await startTestLab(t);
  const browser = await startBrowser(t, { trust: lab.credentials.authorityCertificatePath });
  const page = await browser.open(`${lab.url}cookies/visits`);
  const said = () => page.waitFor(`document.querySelector('#visits')?.textContent`);
  assert.equal(await said(), 'Welcome for your first time here !');
  for (const visits of [1, 2]) {
    await page.go(`${lab.url}cookies/visits`);
    await page.waitFor(
      `document.querySelector('#visits').textContent.includes(' ${visits} times')`,
    );
  }
});

testWith(['chromium', 'certutil'], 'without the authority the browser refuses', async (t) => {
  const lab = await startTestLab(t);
  const browser = await startBrowser(t);
  await assert.rejects(browser.open(lab.url), /net::ERR_CERT_AUTHORITY_INVALID/);
});

testWith(['chromium'], 'pages opened from a file talk to the example servers', async (t) => {
  const server = startProgram(t, process.execPath, [runnable('examples/ping-gnip-server.ts'), '0']);
  const url = /ws:\S+/.exec(await server.line(/listens on/))?.[0] ?? '';
  const browser = await startBrowser(t);
  const file = pathToFileURL(join(packageRoot, 'examples', 'ping-gnip-client.html'));
  const page = await browser.open(file.href);
  await page.evaluate(`document.querySelector('#url').value = ${JSON.stringify(url)}`);
  await page.evaluate(`document.querySelector('#connect').click()`);
  await page.waitFor(`document.querySelector('#status').textContent === 'open'`);
  await page.evaluate(`document.querySelector('#form').requestSubmit()`);
  await page.waitFor(`document.querySelector('#log').textContent.includes('← olleH')`);

  const countdown = startProgram(t, process.execPath, [
    runnable('examples/countdown-server.ts'),
    '0',
  ]);
  const address = /ws:\S+/.exec(await countdown.line(/listens on/))?.[0] ?? '';
  const counted = `new Promise((resolve) => {
    const numbers = [];
    const socket = new WebSocket(${JSON.stringify(address)});
    socket.onopen = () => socket.send('2');
    socket.onmessage = ({ data }) => numbers.push(data) === 2 && socket.close(1000);
    socket.onclose = ({ code }) => resolve([...numbers, code].join(' '));
  })`;
  assert.equal(await page.evaluate(counted), '1 0 1000');
});
