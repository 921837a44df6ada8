/**
 * Whether both sides compress, and how: an offer, the answer to it, and what they come to.
 *
 * Spec      RFC 7692 §5 negotiation in general, §7.1 the parameters of permessage-deflate
 * Next      ../handshake.ts and ../client-handshake.ts - the headers; compressor.ts - does it
 * Left out  several offers of a client with decreasing wishes: one is made, any number understood
 *
 *   client   Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits
 *   server   Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover
 *
 *   agreed   server { windowBits: 15, contextTakeover: false }    how the server compresses
 *            client { windowBits: 15, contextTakeover: true }     how the client compresses
 */
import type { Extension } from '../extensions.ts';
import type { DeflateOptions } from './options.ts';
import { deflateName, parseDeflateParameters, serializeDeflateParameters } from './parameters.ts';
import type { DeflateParameters } from './parameters.ts';

/** How one side compresses. */
export interface DeflateDirection {
  /** No match reaches further back than 2^windowBits bytes; 8 to 15. */
  windowBits: number;
  /** Whether a message may refer to those before it. */
  contextTakeover: boolean;
}

/** How both sides compress. */
export interface DeflateAgreement {
  server: DeflateDirection;
  client: DeflateDirection;
}

/** What a client makes of a server's answer. */
export type DeflateAnswer =
  | { kind: 'agreed'; agreed: DeflateAgreement }
  /** The server chose no extension. */
  | { kind: 'none' }
  /** The handshake fails. */
  | { kind: 'refused'; code: string; message: string };

const maxWindowBits = 15;

/**
 * A server's choice among the extensions of a request: the first offer that it can keep, with what
 * it answers; undefined if there is none, and then the connection is not compressed.
 */
export function acceptDeflateOffer(
  extensions: readonly Extension[],
  options: DeflateOptions,
): { agreed: DeflateAgreement; response: Extension } | undefined {
  for (const extension of extensions) {
    if (extension.name !== deflateName) continue;
    const offer = parseDeflateParameters(extension, 'offer');
    const answer = typeof offer === 'string' ? undefined : answerTo(offer, options);
    if (answer === undefined) continue;
    return { agreed: agreementOf(answer), response: serializeDeflateParameters(answer) };
  }
  return undefined;
}

/** The answer to an offer; undefined declines it. */
function answerTo(
  offer: DeflateParameters,
  options: DeflateOptions,
): DeflateParameters | undefined {
  const ownBits = bitsOf(options.serverMaxWindowBits);
  const wantedBits = bitsOf(options.clientMaxWindowBits);
  if (offer.serverNoContextTakeover && options.serverNoContextTakeover === false) return undefined;
  if (offer.serverMaxWindowBits !== undefined && options.serverMaxWindowBits === false) {
    return undefined;
  }
  // MUST NOT (RFC 7692 §7.1.2.2): answer with client_max_window_bits if the offer is without it.
  const isLimited = wantedBits !== undefined && wantedBits < maxWindowBits;
  if (offer.clientMaxWindowBits === undefined && isLimited) return undefined;
  return {
    // MUST (RFC 7692 §7.1.1.1): who accepts the wish repeats it.
    serverNoContextTakeover:
      offer.serverNoContextTakeover || options.serverNoContextTakeover === true,
    clientNoContextTakeover:
      offer.clientNoContextTakeover || options.clientNoContextTakeover === true,
    // MUST (RFC 7692 §7.1.2.1): the window asked for, or a smaller one.
    serverMaxWindowBits: smaller(offer.serverMaxWindowBits, ownBits),
    clientMaxWindowBits: clientBits(offer.clientMaxWindowBits, options, wantedBits),
  };
}

function clientBits(
  offered: DeflateParameters['clientMaxWindowBits'],
  options: DeflateOptions,
  wanted: number | undefined,
): number | undefined {
  if (offered === undefined || options.clientMaxWindowBits === false) return undefined;
  return offered === 'any' ? wanted : smaller(offered, wanted);
}

/** A client's offer. */
export function deflateOffer(options: DeflateOptions): Extension {
  const client = options.clientMaxWindowBits;
  return serializeDeflateParameters({
    serverNoContextTakeover: options.serverNoContextTakeover === true,
    clientNoContextTakeover: options.clientNoContextTakeover === true,
    serverMaxWindowBits: bitsOf(options.serverMaxWindowBits),
    clientMaxWindowBits: client === false ? undefined : (bitsOf(client) ?? 'any'),
  });
}

/** The options of a client that makes this offer, read from one of another client. */
export function optionsOfOffer(offer: Extension): DeflateOptions | undefined {
  const said = parseDeflateParameters(offer, 'offer');
  if (offer.name !== deflateName || typeof said === 'string') return undefined;
  const { clientMaxWindowBits: bits } = said;
  return {
    serverNoContextTakeover: said.serverNoContextTakeover || undefined,
    clientNoContextTakeover: said.clientNoContextTakeover || undefined,
    serverMaxWindowBits: said.serverMaxWindowBits,
    clientMaxWindowBits: bits === undefined ? false : bits === 'any' ? undefined : bits,
  };
}

/** What a server's answer says by itself, whatever was offered; undefined if it is wrong. */
export function agreementOfAnswer(answer: Extension): DeflateAgreement | undefined {
  const said = parseDeflateParameters(answer, 'answer');
  if (answer.name !== deflateName || typeof said === 'string') return undefined;
  return agreementOf(said);
}

/**
 * What a client makes of the extensions of a response. `options` are those of the offer, undefined
 * if there was none.
 */
export function checkDeflateAnswer(
  extensions: readonly Extension[],
  options: DeflateOptions | undefined,
): DeflateAnswer {
  const [extension, another] = extensions;
  if (extension === undefined) return { kind: 'none' };
  // MUST (RFC 6455 §4.1): no extension that was not offered.
  if (options === undefined) {
    return refused('ERR_WS_EXTENSION', 'expected no extension, for none was offered, got one');
  }
  if (extension.name !== deflateName || another !== undefined) {
    return refused('ERR_WS_EXTENSION', `expected ${deflateName} at most, once, got something else`);
  }
  const answer = parseDeflateParameters(extension, 'answer');
  const problem = typeof answer === 'string' ? answer : unfitting(answer, options);
  if (typeof answer === 'string' || problem !== undefined) {
    const message = `expected an answer that fits the offer of ${deflateName}, got ${problem}`;
    return refused('ERR_WS_EXTENSION_PARAMETER', message);
  }
  const agreed = agreementOf(answer);
  // A client keeps what it said of itself, even if the answer leaves it more (§7.1.1.2, §7.1.2.2).
  if (options.clientNoContextTakeover === true) agreed.client.contextTakeover = false;
  const ownBits = bitsOf(options.clientMaxWindowBits) ?? maxWindowBits;
  agreed.client.windowBits = Math.min(agreed.client.windowBits, ownBits);
  return { kind: 'agreed', agreed };
}

/** Why an answer does not fit what was offered. */
function unfitting(answer: DeflateParameters, options: DeflateOptions): string | undefined {
  // A server accepts these two wishes by repeating them (RFC 7692 §7.1.1.1, §7.1.2.1).
  if (options.serverNoContextTakeover === true && !answer.serverNoContextTakeover) {
    return 'none of the server_no_context_takeover asked for';
  }
  const asked = bitsOf(options.serverMaxWindowBits);
  if (asked !== undefined && (answer.serverMaxWindowBits ?? maxWindowBits + 1) > asked) {
    return 'not the server_max_window_bits asked for';
  }
  // MUST NOT (RFC 7692 §7.1.2.2): be answered if it was not offered.
  if (answer.clientMaxWindowBits !== undefined && options.clientMaxWindowBits === false) {
    return 'client_max_window_bits, which was not offered';
  }
  if (answer.clientNoContextTakeover && options.clientNoContextTakeover === false) {
    return 'client_no_context_takeover, which an option excludes';
  }
  return undefined;
}

function agreementOf(answer: DeflateParameters): DeflateAgreement {
  const client = answer.clientMaxWindowBits;
  return {
    server: {
      windowBits: answer.serverMaxWindowBits ?? maxWindowBits,
      contextTakeover: !answer.serverNoContextTakeover,
    },
    client: {
      windowBits: typeof client === 'number' ? client : maxWindowBits,
      contextTakeover: !answer.clientNoContextTakeover,
    },
  };
}

function bitsOf(option: number | boolean | undefined): number | undefined {
  return typeof option === 'number' ? option : undefined;
}

function smaller(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}

function refused(code: string, message: string): DeflateAnswer {
  return { kind: 'refused', code, message };
}
