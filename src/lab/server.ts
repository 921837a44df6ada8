/**
 * `barewire serve` without its command line: everything put together.
 *
 * Spec      -
 * Next      routes.ts, endpoints.ts - what is served; ../cli/serve.ts - who starts it
 * Left out  -
 *
 *   https listener --> routes.ts      pages, cookies
 *                 '--> endpoints.ts   upgrades: WebSockets
 *   http listener  --> 308 to the same on https
 */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { createHttpsServer, createRedirectServer, httpsLocation } from '../http/index.ts';
import { listen, serializeAccessLine } from '../http/index.ts';
import type { Listener } from '../http/index.ts';
import { openDevelopmentCredentials } from '../tls/index.ts';
import type { DevelopmentCredentials } from '../tls/index.ts';
import { Endpoints } from './endpoints.ts';
import { createRoutes } from './routes.ts';

type Hosts = readonly [string, ...string[]];

/** The names that the server's certificate is for. */
export const developmentNames: Hosts = [
  'localhost',
  '*.app.localhost',
  'the-shop.localhost',
  'other-site.localhost',
  '127.0.0.1',
  '::1',
];

const loopback: Hosts = ['127.0.0.1', '::1'];
const unspecified = ['0.0.0.0', '::'];

/** How the server is started. */
export interface LabOptions {
  /** The address to listen on; default: the loopback addresses that there are. */
  host?: string | undefined;
  /** 0 picks a free one. */
  port: number;
  /** The port that redirects to https; undefined for none. */
  httpPort: number | undefined;
  /** Where keys and certificates lie; made if it is not there. */
  folder: string;
  /** Gets one line for each request. */
  log: (line: string) => void;
}

/** A server that runs. */
export interface Lab {
  /** `https://localhost:8443/`, with the port that was picked. */
  url: string;
  httpUrl: string | undefined;
  credentials: DevelopmentCredentials;
  /**
   * Closes every WebSocket with 1001 and gives running responses `graceMs`, default 2,000, then
   * ends what is left. Resolves when nothing is open any more.
   */
  shutdown(graceMs?: number): Promise<void>;
}

/**
 * Starts the server. Rejects with a ListenError for a port that cannot be had, with a
 * CredentialError for files that cannot be used, and with a TypeError for a host that no
 * certificate can be made for.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { host, folder, log } = options;
  const hosts: Hosts = host === undefined ? loopback : [host];
  const names = namesFor(host);
  const credentials = await openDevelopmentCredentials({ folder, names });
  const endpoints = new Endpoints((request, status) => log(upgradeLine(request, status)));

  const { key, cert } = credentials;
  const server = createHttpsServer({ key, cert, handler: createRoutes(), accessLog: log });
  server.on('upgrade', (request, socket, head) => endpoints.takeUpgrade(request, socket, head));
  const https = await listen(server, { port: options.port, hosts });
  const http = await startRedirect(options, hosts, { names, port: https.port }).catch(
    async (error: unknown) => {
      await https.close();
      throw error;
    },
  );
  const shownHost = showHost(host);
  return {
    url: `https://${shownHost}:${https.port}/`,
    httpUrl: http && `http://${shownHost}:${http.port}/`,
    credentials,
    async shutdown(graceMs = 2000) {
      await Promise.all([
        endpoints.shutdown(graceMs),
        https.shutdown({ graceMs }),
        http?.shutdown({ graceMs }),
      ]);
    },
  };
}

async function startRedirect(
  { httpPort, log }: LabOptions,
  hosts: Hosts,
  address: { names: Hosts; port: number },
): Promise<Listener | undefined> {
  if (httpPort === undefined) return undefined;
  const location = (request: { host: string | undefined; target: string }) =>
    httpsLocation(request, address);
  return await listen(createRedirectServer({ location, accessLog: log }), {
    port: httpPort,
    hosts,
  });
}

/** The development names, and the host if it is another one. */
function namesFor(host: string | undefined): Hosts {
  if (host === undefined || unspecified.includes(host) || developmentNames.includes(host)) {
    return developmentNames;
  }
  return [...developmentNames, host];
}

/** How a browser on this machine is told to get here. */
function showHost(host: string | undefined): string {
  if (host === undefined || unspecified.includes(host)) return 'localhost';
  return isIP(host) === 6 ? `[${host}]` : host;
}

/**
 * The line of the access log for an upgrade request; what follows it are frames, not a response.
 */
function upgradeLine({ socket, method, url }: IncomingMessage, status: number): string {
  return serializeAccessLine({
    time: new Date(),
    remoteAddress: socket.remoteAddress,
    method,
    target: url,
    status,
    bytes: 0,
    milliseconds: undefined,
    aborted: false,
  });
}
