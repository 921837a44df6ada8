/**
 * Fuzz target: what client and server agree on about compression.
 *
 * Spec      RFC 7692 §5, §7.1
 * Next      deflate-target.ts - what is done with it
 * Left out  the other headers of the handshake
 */
import assert from 'node:assert/strict';
import {
  acceptDeflateOffer,
  checkDeflateAnswer,
  deflateOffer,
} from '../../src/websocket/deflate/negotiation.ts';
import type { DeflateAgreement } from '../../src/websocket/deflate/negotiation.ts';
import type { DeflateOptions } from '../../src/websocket/deflate/options.ts';
import { parseExtensions, serializeExtensions } from '../../src/websocket/extensions.ts';
import type { Extension } from '../../src/websocket/extensions.ts';
import { mutateText } from './mutation.ts';
import type { FuzzTarget } from './target.ts';

/** Options by number: 0 not given, 1 false, 2 true, 8 to 15 so many bits. */
type Choices = { serverTakeover: number; clientTakeover: number; server: number; client: number };

type NegotiationInput = {
  server: Choices;
  client: Choices;
  /** What a strange client offers, and what a strange server answers. */
  offer: string;
  answer: string;
};

function optionsOf(choices: Choices): DeflateOptions {
  const flag = (choice: number) => [undefined, false, true][choice % 3];
  const bits = (choice: number) => (choice >= 8 && choice <= 15 ? choice : flag(choice));
  return {
    serverNoContextTakeover: flag(choices.serverTakeover),
    clientNoContextTakeover: flag(choices.clientTakeover),
    serverMaxWindowBits: bits(choices.server),
    clientMaxWindowBits: bits(choices.client),
  };
}

const words = [
  'permessage-deflate',
  '; ',
  ', ',
  'server_no_context_takeover',
  'client_no_context_takeover',
  'server_max_window_bits',
  'client_max_window_bits',
  '; client_max_window_bits=10',
  '; server_max_window_bits="9"',
  ...['=', '7', '8', '08', '8.5', '15', '16', '""', '+9', '1e1', 'x'],
];

function checkAgreement({ server, client }: DeflateAgreement): void {
  for (const { windowBits } of [server, client]) {
    assert.ok(Number.isInteger(windowBits) && windowBits >= 8 && windowBits <= 15, 'window');
  }
}

/** Whether an element keeps the grammar of its parameters (§7.1), read the plain way. */
function isProper({ name, parameters }: Extension, isOffer: boolean): boolean {
  const bits = /^(8|9|10|11|12|13|14|15)$/;
  const names = parameters.map((parameter) => parameter.name);
  return (
    name === 'permessage-deflate' &&
    new Set(names).size === names.length &&
    parameters.every((parameter) => {
      if (/^(server|client)_no_context_takeover$/.test(parameter.name)) {
        return parameter.value === undefined;
      }
      if (!/^(server|client)_max_window_bits$/.test(parameter.name)) return false;
      const may = isOffer && parameter.name.startsWith('client') && parameter.value === undefined;
      return may || bits.test(parameter.value ?? '');
    })
  );
}

const has = ({ parameters }: Extension, name: string) =>
  parameters.some((parameter) => parameter.name === name);

function valueOf({ parameters }: Extension, name: string): number | undefined {
  const value = parameters.find((parameter) => parameter.name === name)?.value;
  return value === undefined ? undefined : Number(value);
}

/** What a server of ours answers to any offer. */
function checkServer(input: NegotiationInput): string {
  const offers = parseExtensions(input.offer);
  if (offers === undefined) return 'no list';
  const options = optionsOf(input.server);
  const accepted = acceptDeflateOffer(offers, options);
  const proper = offers.filter((offer) => isProper(offer, true));
  if (accepted === undefined) {
    const picky = Object.values(options).some((option) => option !== undefined);
    assert.ok(proper.length === 0 || picky, 'a proper offer is declined for an option only');
    return 'declined';
  }
  const { agreed, response } = accepted;
  checkAgreement(agreed);
  assert.ok(proper.length > 0, 'only a proper offer is accepted');
  assert.ok(isProper(response, false), 'the answer is a proper one');
  const text = serializeExtensions([response]);
  assert.deepEqual(parseExtensions(text), [response], 'the answer is written as it is meant');
  if (proper.length === 1) {
    const [offer] = proper as [Extension];
    const may = has(offer, 'client_max_window_bits');
    assert.ok(may || !has(response, 'client_max_window_bits'), 'only answered if offered');
    for (const wish of ['server_no_context_takeover', 'server_max_window_bits']) {
      if (has(offer, wish)) assert.ok(has(response, wish), `${wish} is repeated`);
    }
    for (const name of ['server_max_window_bits', 'client_max_window_bits']) {
      const [asked, given] = [valueOf(offer, name), valueOf(response, name)];
      const fits = asked === undefined || given === undefined || given <= asked;
      assert.ok(fits, `${name} is no larger than offered`);
    }
  }
  return `accepted ${response.parameters.length}`;
}

/** Two of ours, and what comes of it. */
function checkBoth(input: NegotiationInput): string {
  const clientOptions = optionsOf(input.client);
  const offer = deflateOffer(clientOptions);
  assert.ok(isProper(offer, true), 'the offer is a proper one');
  const accepted = acceptDeflateOffer([offer], optionsOf(input.server));
  if (accepted === undefined) return 'declined';
  const answer = checkDeflateAnswer([accepted.response], clientOptions);
  if (answer.kind === 'refused') {
    const demanded = has(accepted.response, 'client_no_context_takeover');
    assert.ok(demanded && clientOptions.clientNoContextTakeover === false, answer.message);
    return 'refused';
  }
  assert.ok(answer.kind === 'agreed');
  const { server, client } = answer.agreed;
  const theirs = accepted.agreed;
  checkAgreement(answer.agreed);
  // Who inflates must be ready for all that the other may do: never for less.
  assert.ok(theirs.server.windowBits <= server.windowBits, 'window of the server');
  assert.ok(client.windowBits <= theirs.client.windowBits, 'window of the client');
  assert.ok(!theirs.server.contextTakeover || server.contextTakeover, 'context of the server');
  assert.ok(!client.contextTakeover || theirs.client.contextTakeover, 'context of the client');
  return 'agreed';
}

/** What a client of ours makes of any answer. */
function checkClient(input: NegotiationInput): string {
  const answers = parseExtensions(input.answer);
  if (answers === undefined) return 'no list';
  const options = optionsOf(input.client);
  const answer = checkDeflateAnswer(answers, options);
  assert.equal(checkDeflateAnswer(answers, undefined).kind, 'refused', 'nothing was offered');
  assert.notEqual(answer.kind, 'none', 'there is an answer');
  if (answer.kind === 'refused') {
    assert.match(answer.code, /^ERR_WS_EXTENSION(_PARAMETER)?$/);
    assert.match(answer.message, /^expected [\x20-\x7e]+, got [\x20-\x7e]+$/);
    return answer.message.slice(-40);
  }
  assert.ok(answers.length === 1 && isProper(answers[0]!, false), 'only a proper answer');
  if (answer.kind === 'agreed') checkAgreement(answer.agreed);
  return 'agreed';
}

/** The negotiation of permessage-deflate. */
export const negotiationTarget: FuzzTarget<NegotiationInput> = {
  name: 'deflate-negotiation',
  about: 'offers and answers of permessage-deflate, ours and those of strangers',
  create(random, known) {
    const base = known.length > 0 && random.below(2) === 0 ? random.pick(known) : undefined;
    const choices = (): Choices => ({
      serverTakeover: random.below(3),
      clientTakeover: random.below(3),
      server: random.pick([0, 0, 1, 2, 8, 9, 10, 14, 15]),
      client: random.pick([0, 0, 1, 2, 8, 9, 10, 14, 15]),
    });
    const [server, client] = [choices(), choices()];
    const offer = base?.offer ?? serializeExtensions([deflateOffer(optionsOf(choices()))]);
    const answer = base?.answer ?? 'permessage-deflate; client_max_window_bits=12';
    return {
      server,
      client,
      offer: random.below(3) > 0 ? mutateText(random, offer, words) : offer,
      answer: random.below(3) > 0 ? mutateText(random, answer, words) : answer,
    };
  },
  check(input) {
    return [checkServer(input), checkBoth(input), checkClient(input)].join(' | ');
  },
};
