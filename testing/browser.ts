/**
 * A real headless Chromium, driven through its DevTools protocol over our own WebSocket client.
 *
 * Spec      chromedevtools.github.io/devtools-protocol: Target, Page, Runtime, Browser
 * Next      test/lab/browser.test.ts
 * Left out  every other browser
 */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { WebSocket } from '../src/websocket/index.ts';

type Parameters = Record<string, unknown>;

interface Answer {
  id?: number;
  result?: Parameters;
  error?: { message: string };
}

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--remote-debugging-port=0',
  '--window-size=1000,700',
];

/** A running Chromium. Ends with its test. */
export class Browser {
  #socket: WebSocket;
  #waiting = new Map<number, { resolve(result: Parameters): void; reject(error: Error): void }>();
  #lastId = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#receive(JSON.parse(data.toString()) as Answer));
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('Chromium is gone'));
    });
  }

  /** Sends a DevTools command, to the browser or to one page, and waits for its result. */
  command(method: string, params: Parameters = {}, sessionId?: string): Promise<Parameters> {
    const id = ++this.#lastId;
    this.#socket.send(JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) }));
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** Opens a page of its own. */
  async open(url: string): Promise<Page> {
    const { targetId } = await this.command('Target.createTarget', { url: 'about:blank' });
    const attach = { targetId, flatten: true };
    const { sessionId } = await this.command('Target.attachToTarget', attach);
    const page = new Page(this, String(sessionId));
    await page.go(url);
    return page;
  }

  #receive(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id ?? -1);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.id ?? -1);
    if (answer.error) waiting.reject(new Error(answer.error.message));
    else waiting.resolve(answer.result ?? {});
  }
}

/** One page of the browser. */
export class Page {
  #browser: Browser;
  #session: string;

  constructor(browser: Browser, session: string) {
    this.#browser = browser;
    this.#session = session;
  }

  /** Goes to an address and waits until it is loaded. Throws what Chromium says where it is not. */
  async go(url: string): Promise<void> {
    const { errorText } = await this.#command('Page.navigate', { url });
    if (errorText !== undefined) throw new Error(`${url}: ${String(errorText)}`);
    await this.waitFor('document.readyState === "complete" && location.href !== "about:blank"');
  }

  /** The value of an expression in the page, once it is not false; asked again until then. */
  async waitFor(expression: string): Promise<unknown> {
    return await this.evaluate(`new Promise((resolve) => {
      const look = () => {
        const value = (() => { try { return ${expression}; } catch { return false; } })();
        if (value) resolve(value); else setTimeout(look, 10);
      };
      look();
    })`);
  }

  /** The value of an expression, as JSON carries it. Throws what it throws. */
  async evaluate(expression: string): Promise<unknown> {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const answer = await this.#command('Runtime.evaluate', options);
    const { result, exceptionDetails } = answer as {
      result: { value: unknown; description?: string };
      exceptionDetails?: unknown;
    };
    if (exceptionDetails) throw new Error(`${expression}: ${result.description}`);
    return result.value;
  }

  /** Types a text into the element that has the focus, key by key as far as the page can tell. */
  async type(text: string): Promise<void> {
    await this.#command('Input.insertText', { text });
  }

  /** Presses and releases Enter. */
  async pressEnter(): Promise<void> {
    const key = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, text: '\r' };
    await this.#command('Input.dispatchKeyEvent', { type: 'keyDown', ...key });
    await this.#command('Input.dispatchKeyEvent', { type: 'keyUp', ...key });
  }

  /** Makes the page look like a device of this size, light or dark. */
  async emulate(look: { width: number; height: number; dark?: boolean }): Promise<void> {
    const { width, height, dark = false } = look;
    const metrics = { width, height, deviceScaleFactor: 1, mobile: width < 600 };
    await this.#command('Emulation.setDeviceMetricsOverride', metrics);
    const features = [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }];
    await this.#command('Emulation.setEmulatedMedia', { features });
  }

  /** Saves what the page shows as a PNG file. */
  async screenshot(file: string): Promise<void> {
    const { data } = await this.#command('Page.captureScreenshot', { format: 'png' });
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, Buffer.from(String(data), 'base64'));
  }

  #command(method: string, params: Parameters): Promise<Parameters> {
    return this.#browser.command(method, params, this.#session);
  }
}

/**
 * Starts Chromium with a new profile in a folder of its own. `trust` is the file of a CA
 * certificate that this one profile trusts.
 */
export async function startBrowser(
  t: TestContext,
  options: { trust?: string } = {},
): Promise<Browser> {
  const home = mkdtempSync(join(tmpdir(), 'barewire-browser-'));
  if (options.trust !== undefined) trustAuthority(home, options.trust);
  const profile = `--user-data-dir=${join(home, 'profile')}`;
  const child = spawn('chromium', [...flags, profile, 'about:blank'], {
    env: { ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, 'config') },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  let socket: WebSocket | undefined;
  let browser: Browser | undefined;
  // One hook for all, for the folder can go only after the browser that writes into it.
  t.after(async () => {
    const asked = browser?.command('Browser.close') ?? Promise.reject(new Error('not connected'));
    await asked.catch(() => child.kill('SIGKILL'));
    await exited;
    socket?.terminate();
    // Its helper processes take a moment longer.
    rmSync(home, { recursive: true, force: true, maxRetries: 20 });
  });
  const address = await debuggerAddress(child);
  socket = new WebSocket(address, [], { maxPayload: 64 * 1024 * 1024 });
  await once(socket, 'open');
  browser = new Browser(socket);
  return browser;
}

/** Chromium prints the address of its debugger once it listens. */
async function debuggerAddress(child: ChildProcess): Promise<string> {
  if (child.stderr === null) throw new Error('Chromium has no stderr');
  const said: string[] = [];
  const lines = createInterface({ input: child.stderr });
  for await (const line of lines) {
    said.push(line);
    const address = /^DevTools listening on (ws:\S+)/.exec(line)?.[1];
    if (address === undefined) continue;
    // Read on, or its next word would block it.
    child.stderr.resume();
    return address;
  }
  throw new Error(`Chromium did not start:\n${said.join('\n')}`);
}

/** Puts a CA certificate into a new NSS database, which Chromium on Linux looks into. */
function trustAuthority(home: string, file: string): void {
  const database = join(home, '.pki', 'nssdb');
  mkdirSync(database, { recursive: true });
  const run = (...args: string[]) => {
    const { status, stderr } = spawnSync('certutil', ['-d', `sql:${database}`, ...args]);
    if (status !== 0) throw new Error(`certutil ${args.join(' ')}: ${stderr}`);
  };
  run('-N', '--empty-password');
  run('-A', '-t', 'C,,', '-n', 'barewire', '-i', file);
}
