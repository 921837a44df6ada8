/**
 * The parameters of permessage-deflate: an element of the header to a value and back.
 *
 * Spec      RFC 7692 §7.1.1 context takeover, §7.1.2 window sizes
 * Next      negotiation.ts - what to offer and what to accept
 * Left out  the grammar of the header: ../extensions.ts
 *
 *   parameter                    value in an offer     value in an answer
 *   server_no_context_takeover   none                  none
 *   client_no_context_takeover   none                  none
 *   server_max_window_bits       8 to 15               8 to 15
 *   client_max_window_bits       none, or 8 to 15      8 to 15
 */
import type { Extension, ExtensionParameter } from '../extensions.ts';

/** The token of the extension. */
export const deflateName = 'permessage-deflate';

/** What an offer or an answer says. */
export interface DeflateParameters {
  serverNoContextTakeover: boolean;
  clientNoContextTakeover: boolean;
  serverMaxWindowBits: number | undefined;
  /** 'any' is the parameter without a value: the client keeps any window the server chooses. */
  clientMaxWindowBits: number | 'any' | undefined;
}

/**
 * Reads the parameters of an offer or of an answer. A string says what is wrong with them; text of
 * the peer is not in it.
 *
 * MUST (RFC 7692 §7): an unknown parameter, one with a value that it cannot have, and one that
 * comes twice make the offer one to decline, and the answer one to fail for.
 */
export function parseDeflateParameters(
  extension: Extension,
  kind: 'offer' | 'answer',
): DeflateParameters | string {
  const parsed: DeflateParameters = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: undefined,
    clientMaxWindowBits: undefined,
  };
  const seen = new Set<string>();
  for (const { name, value } of extension.parameters) {
    if (seen.has(name)) return 'a parameter that comes twice';
    seen.add(name);
    switch (name) {
      case 'server_no_context_takeover':
      case 'client_no_context_takeover':
        if (value !== undefined) return `${name} with a value`;
        if (name === 'server_no_context_takeover') parsed.serverNoContextTakeover = true;
        else parsed.clientNoContextTakeover = true;
        break;
      case 'server_max_window_bits':
        parsed.serverMaxWindowBits = parseWindowBits(value);
        if (parsed.serverMaxWindowBits === undefined) return `${name} without 8 to 15`;
        break;
      case 'client_max_window_bits':
        // Without a value only in an offer (§7.1.2.2).
        if (value === undefined && kind === 'offer') parsed.clientMaxWindowBits = 'any';
        else parsed.clientMaxWindowBits = parseWindowBits(value);
        if (parsed.clientMaxWindowBits === undefined) return `${name} without 8 to 15`;
        break;
      default:
        return 'a parameter that is not defined';
    }
  }
  return parsed;
}

/** Writes an offer or an answer. */
export function serializeDeflateParameters(said: DeflateParameters): Extension {
  const parameters: ExtensionParameter[] = [];
  const add = (name: string, value?: number) =>
    parameters.push({ name, value: value === undefined ? undefined : String(value) });
  if (said.serverNoContextTakeover) add('server_no_context_takeover');
  if (said.clientNoContextTakeover) add('client_no_context_takeover');
  if (said.serverMaxWindowBits !== undefined) {
    add('server_max_window_bits', said.serverMaxWindowBits);
  }
  if (said.clientMaxWindowBits === 'any') add('client_max_window_bits');
  else if (said.clientMaxWindowBits !== undefined) {
    add('client_max_window_bits', said.clientMaxWindowBits);
  }
  return { name: deflateName, parameters };
}

// MUST (RFC 7692 §7.1.2): a decimal integer from 8 to 15, without leading zeros.
function parseWindowBits(value: string | undefined): number | undefined {
  return value !== undefined && /^(?:[89]|1[0-5])$/.test(value) ? Number(value) : undefined;
}
