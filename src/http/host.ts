/**
 * The `Host` header, without which no HTTP/1.1 request is one.
 *
 * Spec      RFC 9112 §3.2 one Host, well-formed; RFC 3986 §3.2.2 host, §3.2.3 port
 * Next      io/handle-requests.ts - answers 400 where this says no
 * Left out  which hosts are ours: a server may have more names than it knows
 *
 *   Host     = uri-host [ ":" port ]
 *   reg-name = *( unreserved / pct-encoded / sub-delims )
 */

// unreserved, "%" and sub-delims of a reg-name, and the brackets and colons of addresses.
const hostCharacters = /^[A-Za-z0-9\-._~%!$&'()*+,;=:[\]]*$/;

/**
 * Whether a request has the Host header it must have. `rawHeaders` is Node's list of names and
 * values in turn: its `headers` keep only the first of two.
 */
export function hasValidHost(httpVersion: string, rawHeaders: readonly string[]): boolean {
  const hosts = rawHeaders.filter((_value, index) => {
    return index % 2 === 1 && rawHeaders[index - 1]!.toLowerCase() === 'host';
  });
  // MUST (RFC 9112 §3.2): 400 for none, for more than one, and for one that is no host.
  if (hosts.length === 0) return httpVersion === '1.0';
  return hosts.length === 1 && hostCharacters.test(hosts[0]!);
}
