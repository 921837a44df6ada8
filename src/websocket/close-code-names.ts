/**
 * What a close code says, for people.
 *
 * Spec      RFC 6455 §7.4.1, §7.4.2, and the IANA registry of close codes
 * Next      trace-payload.ts - a close frame, field by field
 * Left out  which codes may be sent: close-frame.ts
 */
const meanings = new Map([
  [1000, 'normal: the purpose is fulfilled'],
  [1001, 'going away: a server that stops, a page that is left'],
  [1002, 'protocol error'],
  [1003, 'unsupported data: a kind of message that is not taken'],
  [1004, 'reserved'],
  [1005, 'no code received: never on the wire'],
  [1006, 'no close frame: never on the wire'],
  [1007, 'invalid payload, as text that is not UTF-8'],
  [1008, 'policy violation'],
  [1009, 'message too big'],
  [1010, 'the client needs an extension'],
  [1011, 'internal error of the server'],
  [1012, 'service restart'],
  [1013, 'try again later'],
  [1014, 'bad gateway'],
  [1015, 'TLS handshake failed: never on the wire'],
]);

/** What a close code means, in a few words; for every number, also one that no peer may send. */
export function closeCodeMeaning(code: number): string {
  const known = meanings.get(code);
  if (known !== undefined) return known;
  if (code >= 3000 && code <= 3999) return 'registered by a library or a framework';
  if (code >= 4000 && code <= 4999) return 'for private use between the two';
  return code >= 1000 && code <= 2999 ? 'not defined' : 'not used';
}
