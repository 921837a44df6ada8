/**
 * Where a plain http request is sent on to.
 *
 * Spec      RFC 9110 §15.4.9 308, §10.2.2 Location
 * Next      io/redirect-server.ts
 * Left out  -
 *
 * The host of the answer comes from our own list of names. A Host header only chooses among them:
 * one that is not on the list would make us a pointer to any site that an attacker likes.
 *
 *   Host: the-shop.localhost:8080   https://the-shop.localhost:8443/path?query
 *   Host: evil.example              https://localhost:8443/path?query
 */
import { isIP } from 'node:net';
import { parseRequestTarget } from './request-target.ts';

/** What the https side is called. */
export interface HttpsAddress {
  /** Names and addresses; `*.` stands for one label. The first, a plain one, is for all others. */
  names: readonly [string, ...string[]];
  port: number;
}

/** The request that is to be sent on. */
export interface PlainRequest {
  host: string | undefined;
  target: string;
}

/** The https address for a plain request: the same path and query on a host of ours. */
export function httpsLocation(request: PlainRequest, address: HttpsAddress): string {
  const { path, query } = parseRequestTarget(request.target) ?? { path: '/', query: '' };
  const name = chooseName(request.host, address.names);
  const host = isIP(name) === 6 ? `[${name}]` : name;
  const port = address.port === 443 ? '' : `:${address.port}`;
  return `https://${host}${port}${path}${query === '' ? '' : `?${query}`}`;
}

function chooseName(host: string | undefined, names: HttpsAddress['names']): string {
  const asked = hostNameOf(host);
  if (asked !== undefined && names.some((name) => covers(name, asked))) return asked;
  return names[0];
}

/** The lower-case name or address within a Host header, or undefined where it holds none. */
function hostNameOf(host: string | undefined): string | undefined {
  if (host === undefined || !/^[A-Za-z0-9.\-:[\]]+$/.test(host)) return undefined;
  if (!URL.canParse(`http://${host}/`)) return undefined;
  return new URL(`http://${host}/`).hostname.replace(/^\[|\]$/g, '');
}

function covers(name: string, asked: string): boolean {
  if (!name.startsWith('*.')) return name.toLowerCase() === asked;
  const dot = asked.indexOf('.');
  return dot > 0 && asked.slice(dot) === name.slice(1).toLowerCase();
}
