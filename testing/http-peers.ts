/**
 * HTTP servers, clients and raw sockets for tests, all gone when the test ends.
 *
 * Spec      -
 * Next      test/http/io/
 * Left out  WebSockets: testing/websocket-peers.ts
 */
import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import * as tls from 'node:tls';
import type { TestContext } from 'node:test';
import { createHttpsServer, createRedirectServer, listen } from '../src/http/index.ts';
import type { Handler, HttpsServerOptions, Listener } from '../src/http/index.ts';
import { testCredentials } from './credentials.ts';

/** A server of ours that listens on 127.0.0.1, its log, and what its handlers threw. */
export interface TestServer {
  server: http.Server | https.Server;
  listener: Listener;
  lines: string[];
  errors: unknown[];
  port: number;
  /** The next line that its log will get, or has got. */
  line(index: number): Promise<string>;
}

/** Starts an HTTPS server; closed, with all its connections, when the test ends. */
export async function startHttpsServer(
  t: TestContext,
  handler: Handler,
  options: Partial<HttpsServerOptions> = {},
): Promise<TestServer> {
  const { key, cert } = await testCredentials();
  const log = new LineLog();
  const server = createHttpsServer({ key, cert, handler, ...log.options, ...options });
  return startListening(t, server, log);
}

/** Starts a redirecting server; closed when the test ends. */
export async function startRedirectServer(
  t: TestContext,
  options: Parameters<typeof createRedirectServer>[0],
): Promise<TestServer> {
  const log = new LineLog();
  return startListening(t, createRedirectServer({ ...log.options, ...options }), log);
}

async function startListening(
  t: TestContext,
  server: http.Server | https.Server,
  log: LineLog,
): Promise<TestServer> {
  const listener = await listen(server, { port: 0, hosts: ['127.0.0.1'] });
  t.after(() => listener.close());
  const { lines, errors } = log;
  return { server, listener, lines, errors, port: listener.port, line: (i) => log.line(i) };
}

/** Collects log lines and errors, and wakes whoever waits for a line. */
class LineLog {
  readonly lines: string[] = [];
  readonly errors: unknown[] = [];
  #wake: (() => void)[] = [];

  readonly options = {
    accessLog: (line: string) => {
      this.lines.push(line);
      for (const wake of this.#wake.splice(0)) wake();
    },
    onError: (error: unknown) => void this.errors.push(error),
  };

  async line(index: number): Promise<string> {
    while (this.lines[index] === undefined) {
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
    return this.lines[index]!;
  }
}

/** What came back. */
export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** A request by Node's own client, over https unless `plain`. */
export async function ask(
  port: number,
  path: string,
  options: https.RequestOptions & { body?: string | Buffer | undefined; plain?: boolean } = {},
): Promise<Answer> {
  const { body, plain, ...rest } = options;
  const { authorityCertificate } = await testCredentials();
  const whole = { host: '127.0.0.1', port, path, agent: false, ca: authorityCertificate, ...rest };
  const request = plain ? http.request(whole) : https.request(whole);
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return { status: response.statusCode!, headers: response.headers, body: text };
}

/** A TLS connection that has sent these bytes; destroyed when the test ends. */
export async function openTls(t: TestContext, port: number, bytes = ''): Promise<tls.TLSSocket> {
  const { authorityCertificate } = await testCredentials();
  const socket = tls.connect({ host: '127.0.0.1', port, ca: authorityCertificate });
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  socket.write(bytes, 'latin1');
  return socket;
}

/** Everything that arrives on a socket until it closes. */
export async function readAll(socket: net.Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}
