/**
 * The names a certificate is for, and the names an authority may vouch for.
 *
 * Spec      RFC 5280 §4.2.1.6 GeneralName, §4.2.1.10 subtrees; RFC 5890 §2.3.1; RFC 6125 §6.4.3
 * Next      extensions.ts - subjectAltName and nameConstraints hold these
 * Left out  e-mail addresses, URIs and directory names
 *
 *   dNSName    [2]  IA5String      "localhost"
 *   iPAddress  [7]  OCTET STRING   7f 00 00 01; in a subtree with its mask, 7f 00 00 00 ff 00 00 00
 */
import { isIP } from 'node:net';
import { implicit } from '../der/writer.ts';

// label = a letter or digit, then letters, digits and hyphens, at most 63, no hyphen at the end
const labelPattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Checks a server's name and brings it into lower case: a host name, a wildcard for the leftmost
 * label, or an IP address. Throws a TypeError that names the value and the rule.
 */
export function checkServerName(name: string): string {
  const refuse = (rule: string) => new TypeError(`server name ${JSON.stringify(name)}: ${rule}`);
  if (isIP(name) !== 0) {
    // Node takes fe80::1%eth0 for an address, but a certificate has no room for the zone.
    if (name.includes('%')) throw refuse('an address must be written without a zone');
    return name;
  }
  const lower = name.toLowerCase();
  const labels = lower.split('.');
  if (/[^\x20-\x7e]/.test(name)) throw refuse('must be written in punycode (xn--...)');
  if (lower.length > 253) throw refuse('must have at most 253 characters');
  const hostLabels = labels[0] === '*' ? labels.slice(1) : labels;
  if (labels[0] === '*' && labels.length < 3) {
    throw refuse('a wildcard needs two labels behind it; clients refuse it over a single one');
  }
  if (!hostLabels.every((label) => labelPattern.test(label))) {
    throw refuse('must be labels of letters, digits and hyphens, or an IP address');
  }
  return lower;
}

/** A checked server name as a GeneralName. */
export function encodeGeneralName(name: string): Buffer {
  return isIP(name) === 0
    ? implicit(2, Buffer.from(name, 'latin1'))
    : implicit(7, addressBytes(name));
}

/** Names below a domain, or addresses below a prefix: `home.arpa`, `10.0.0.0/8`, `::1/128`. */
export function encodeSubtreeBase(subtree: string): Buffer {
  const [address = '', prefix] = subtree.split('/');
  if (prefix === undefined) return implicit(2, Buffer.from(subtree, 'latin1'));
  const bytes = addressBytes(address);
  const mask = Buffer.alloc(bytes.length);
  for (let bit = 0; bit < Number(prefix); bit++) mask[bit >> 3]! |= 0b1000_0000 >> (bit & 7);
  return implicit(7, Buffer.concat([bytes, mask]));
}

/** Whether a server name lies in a subtree (RFC 5280 §4.2.1.10). */
export function isInSubtree(name: string, subtree: string): boolean {
  const [base = '', prefix] = subtree.split('/');
  if ((isIP(name) !== 0) !== (prefix !== undefined)) return false;
  if (prefix === undefined) return name === base || name.endsWith(`.${base}`);
  const [address, network] = [addressBytes(name), addressBytes(base)];
  if (address.length !== network.length) return false;
  for (let bit = 0; bit < Number(prefix); bit++) {
    const mask = 0b1000_0000 >> (bit & 7);
    if ((address[bit >> 3]! & mask) !== (network[bit >> 3]! & mask)) return false;
  }
  return true;
}

/** The 4 or 16 bytes of an address. */
function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  if (isIP(address) !== 6) throw new TypeError(`expected an IP address, got ${address}`);
  // URL brings every form of an IPv6 address into the short one, all in hexadecimal.
  const short = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = short.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  const bytes = Buffer.alloc(16);
  [...before, ...zeros, ...after].forEach((group, i) =>
    bytes.writeUInt16BE(parseInt(group, 16), 2 * i),
  );
  return bytes;
}
