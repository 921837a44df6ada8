import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  acceptDeflateOffer,
  agreementOfAnswer,
  checkDeflateAnswer,
  deflateOffer,
  optionsOfOffer,
} from '../../../src/websocket/deflate/negotiation.ts';
import type { DeflateAgreement } from '../../../src/websocket/deflate/negotiation.ts';
import type { DeflateOptions } from '../../../src/websocket/deflate/options.ts';
import { parseExtensions, serializeExtensions } from '../../../src/websocket/extensions.ts';
import { seededRandom } from '../../../testing/seeded-random.ts';

const pmd = 'permessage-deflate';
const snct = 'server_no_context_takeover';
const cnct = 'client_no_context_takeover';
const smwb = 'server_max_window_bits';
const cmwb = 'client_max_window_bits';

function agreement(
  serverBits: number,
  serverTakeover: boolean,
  clientBits: number,
  clientTakeover: boolean,
): DeflateAgreement {
  return {
    server: { windowBits: serverBits, contextTakeover: serverTakeover },
    client: { windowBits: clientBits, contextTakeover: clientTakeover },
  };
}

/** What a server says to a header, as text; undefined if it declines. */
function serverSays(header: string, options: DeflateOptions = {}) {
  const extensions = parseExtensions(header);
  assert.ok(extensions !== undefined, `the grammar of ${header}`);
  const accepted = acceptDeflateOffer(extensions, options);
  if (accepted === undefined) return undefined;
  return { answer: serializeExtensions([accepted.response]), agreed: accepted.agreed };
}

function clientSays(header: string, options: DeflateOptions | undefined = {}) {
  const extensions = parseExtensions(header);
  assert.ok(extensions !== undefined, `the grammar of ${header}`);
  return checkDeflateAnswer(extensions, options);
}

const accepted: {
  offer: string;
  options?: DeflateOptions;
  answer: string;
  agreed: DeflateAgreement;
}[] = [
  { offer: pmd, answer: pmd, agreed: agreement(15, true, 15, true) },
  { offer: `${pmd}; ${cmwb}`, answer: pmd, agreed: agreement(15, true, 15, true) },
  {
    offer: `${pmd}; ${snct}; ${cnct}`,
    answer: `${pmd}; ${snct}; ${cnct}`,
    agreed: agreement(15, false, 15, false),
  },
  {
    offer: `${pmd}; ${cmwb}="10"; ${smwb}="9"`,
    answer: `${pmd}; ${smwb}=9; ${cmwb}=10`,
    agreed: agreement(9, true, 10, true),
  },
  {
    offer: pmd,
    options: { serverNoContextTakeover: true, clientNoContextTakeover: true },
    answer: `${pmd}; ${snct}; ${cnct}`,
    agreed: agreement(15, false, 15, false),
  },
  {
    offer: pmd,
    options: { serverMaxWindowBits: 10 },
    answer: `${pmd}; ${smwb}=10`,
    agreed: agreement(10, true, 15, true),
  },
  {
    offer: `${pmd}; ${smwb}=12; ${cmwb}`,
    options: { serverMaxWindowBits: 10, clientMaxWindowBits: 9 },
    answer: `${pmd}; ${smwb}=10; ${cmwb}=9`,
    agreed: agreement(10, true, 9, true),
  },
  {
    offer: `${pmd}; ${smwb}=9; ${cmwb}=9`,
    options: { serverMaxWindowBits: 12, clientMaxWindowBits: 12 },
    answer: `${pmd}; ${smwb}=9; ${cmwb}=9`,
    agreed: agreement(9, true, 9, true),
  },
  {
    offer: `${pmd}; ${cmwb}=12`,
    options: { clientMaxWindowBits: 9 },
    answer: `${pmd}; ${cmwb}=9`,
    agreed: agreement(15, true, 9, true),
  },
  {
    offer: `${pmd}; ${cmwb}=12`,
    options: { clientMaxWindowBits: false },
    answer: pmd,
    agreed: agreement(15, true, 15, true),
  },
  {
    offer: pmd,
    options: { clientMaxWindowBits: 15 },
    answer: pmd,
    agreed: agreement(15, true, 15, true),
  },
  {
    offer: pmd,
    options: { clientNoContextTakeover: false, serverNoContextTakeover: false },
    answer: pmd,
    agreed: agreement(15, true, 15, true),
  },
];

test('§7.1 what a server answers to an offer, and what it comes to', () => {
  for (const { offer, options, answer, agreed } of accepted) {
    const name = `${offer} ${JSON.stringify(options)}`;
    assert.deepEqual(serverSays(offer, options), { answer, agreed }, name);
  }
});

test('§7.1 a server takes the first offer that it can keep', () => {
  const wrong = [`x=1`, `${smwb}=16`, smwb, `${snct}=1`, `${snct}; ${snct}`, `${cmwb}=08`];
  for (const bad of wrong) {
    const offers = `foo, ${pmd}; ${bad}, x-webkit-deflate-frame, ${pmd}; ${snct}, ${pmd}`;
    assert.equal(serverSays(offers)?.answer, `${pmd}; ${snct}`, bad);
  }
  const fallback = `${pmd}; ${smwb}=10, ${pmd}`;
  assert.equal(serverSays(fallback)?.answer, `${pmd}; ${smwb}=10`);
  assert.equal(serverSays(fallback, { serverMaxWindowBits: false })?.answer, pmd);
});

test('§7.1 a server declines what it cannot keep, and what is wrong', () => {
  const declined: [string, DeflateOptions?][] = [
    ['foo'],
    ['Permessage-Deflate'],
    ['constructor, __proto__, toString'],
    [`${pmd}; unknown`],
    [`${pmd}; __proto__`],
    [`${pmd}; ${snct}=0`],
    [`${pmd}; ${cnct}="yes"`],
    [`${pmd}; ${smwb}`],
    [`${pmd}; ${smwb}=08`],
    [`${pmd}; ${smwb}=8.5`],
    [`${pmd}; ${smwb}=10; ${smwb}=10`],
    [`${pmd}; ${cmwb}; ${cmwb}`],
    [`${pmd}; ${cmwb}=10; ${cmwb}`],
    [`${pmd}; ${snct}`, { serverNoContextTakeover: false }],
    [`${pmd}; ${smwb}=15`, { serverMaxWindowBits: false }],
    [pmd, { clientMaxWindowBits: 10 }],
  ];
  for (const [offer, options] of declined) {
    assert.equal(serverSays(offer, options), undefined, offer);
  }
});

test('§7.1.2 each window from 0 to 17 bits in an offer', () => {
  for (let bits = 0; bits <= 17; bits++) {
    const isGood = bits >= 8 && bits <= 15;
    assert.deepEqual(
      serverSays(`${pmd}; ${smwb}=${bits}`),
      isGood
        ? { answer: `${pmd}; ${smwb}=${bits}`, agreed: agreement(bits, true, 15, true) }
        : undefined,
    );
    assert.deepEqual(
      serverSays(`${pmd}; ${cmwb}=${bits}`),
      isGood
        ? { answer: `${pmd}; ${cmwb}=${bits}`, agreed: agreement(15, true, bits, true) }
        : undefined,
    );
  }
});

test('§7.1 what a client offers', () => {
  const table: [DeflateOptions, string][] = [
    [{}, `${pmd}; ${cmwb}`],
    [{ clientMaxWindowBits: true, serverMaxWindowBits: true }, `${pmd}; ${cmwb}`],
    [{ clientMaxWindowBits: false, serverMaxWindowBits: false }, pmd],
    [{ clientNoContextTakeover: false, serverNoContextTakeover: false }, `${pmd}; ${cmwb}`],
    [
      {
        clientNoContextTakeover: true,
        serverNoContextTakeover: true,
        serverMaxWindowBits: 10,
        clientMaxWindowBits: 11,
      },
      `${pmd}; ${snct}; ${cnct}; ${smwb}=10; ${cmwb}=11`,
    ],
  ];
  for (const [options, want] of table) {
    assert.equal(serializeExtensions([deflateOffer(options)]), want);
  }
});

test('§7.1 what a client makes of an answer that fits', () => {
  const table: [string, DeflateOptions, DeflateAgreement][] = [
    [pmd, {}, agreement(15, true, 15, true)],
    [`${pmd}; ${snct}; ${cnct}`, {}, agreement(15, false, 15, false)],
    [`${pmd}; ${smwb}=9; ${cmwb}=10`, {}, agreement(9, true, 10, true)],
    // A server may tell its window although it was not asked (§7.1.2.1).
    [`${pmd}; ${smwb}=9`, { serverMaxWindowBits: false }, agreement(9, true, 15, true)],
    [`${pmd}; ${smwb}=9`, { serverMaxWindowBits: 10 }, agreement(9, true, 15, true)],
    [`${pmd}; ${smwb}=10`, { serverMaxWindowBits: 10 }, agreement(10, true, 15, true)],
    [`${pmd}; ${snct}`, { serverNoContextTakeover: true }, agreement(15, false, 15, true)],
    // What a client said of itself holds, whatever the answer leaves it.
    [pmd, { clientMaxWindowBits: 9 }, agreement(15, true, 9, true)],
    [`${pmd}; ${cmwb}=12`, { clientMaxWindowBits: 9 }, agreement(15, true, 9, true)],
    [`${pmd}; ${cmwb}=8`, { clientMaxWindowBits: 9 }, agreement(15, true, 8, true)],
    [pmd, { clientNoContextTakeover: true }, agreement(15, true, 15, false)],
  ];
  for (const [answer, options, agreed] of table) {
    assert.deepEqual(clientSays(answer, options), { kind: 'agreed', agreed }, answer);
  }
  assert.deepEqual(checkDeflateAnswer([], {}), { kind: 'none' });
  assert.deepEqual(checkDeflateAnswer([], undefined), { kind: 'none' });
});

test('§7.1 a client fails for an answer that does not fit: ERR_WS_EXTENSION_PARAMETER', () => {
  const table: [string, DeflateOptions?][] = [
    [`${pmd}; unknown`],
    [`${pmd}; constructor=1`],
    [`${pmd}; ${snct}=1`],
    [`${pmd}; ${smwb}`],
    [`${pmd}; ${cmwb}`],
    [`${pmd}; ${smwb}=08`],
    [`${pmd}; ${cmwb}=8.5`],
    [`${pmd}; ${smwb}=99`],
    [`${pmd}; ${snct}; ${snct}`],
    [`${pmd}; ${cmwb}=9; ${cmwb}=9`],
    [pmd, { serverNoContextTakeover: true }],
    [pmd, { serverMaxWindowBits: 10 }],
    [`${pmd}; ${smwb}=11`, { serverMaxWindowBits: 10 }],
    [`${pmd}; ${cmwb}=10`, { clientMaxWindowBits: false }],
    [`${pmd}; ${cnct}`, { clientNoContextTakeover: false }],
  ];
  for (const [answer, options] of table) {
    const said = clientSays(answer, options);
    assert.equal(said.kind, 'refused', answer);
    assert.equal(said.kind === 'refused' && said.code, 'ERR_WS_EXTENSION_PARAMETER', answer);
  }
});

test('§4.1 a client fails for an extension that it did not offer: ERR_WS_EXTENSION', () => {
  const options = [{}, {}, undefined] as const;
  for (const [at, answer] of ['foo', `${pmd}, ${pmd}`, pmd].entries()) {
    const said = checkDeflateAnswer(parseExtensions(answer) ?? [], options[at]);
    assert.equal(said.kind === 'refused' && said.code, 'ERR_WS_EXTENSION', answer);
  }
});

test('§7.1.2 each window from 0 to 17 bits in an answer', () => {
  for (let bits = 0; bits <= 17; bits++) {
    const isGood = bits >= 8 && bits <= 15;
    const server = clientSays(`${pmd}; ${smwb}=${bits}`);
    const client = clientSays(`${pmd}; ${cmwb}=${bits}`);
    if (isGood) {
      assert.deepEqual(server, { kind: 'agreed', agreed: agreement(bits, true, 15, true) });
      assert.deepEqual(client, { kind: 'agreed', agreed: agreement(15, true, bits, true) });
    } else {
      assert.deepEqual([server.kind, client.kind], ['refused', 'refused'], String(bits));
    }
  }
});

test('our server and our client agree on the same, or on nothing, for all options', (t) => {
  const random = seededRandom(t);
  const flags = [undefined, true, false];
  const sizes = [undefined, true, false, 8, 9, 12, 15];
  const any = (): DeflateOptions => ({
    serverNoContextTakeover: random.pick(flags),
    clientNoContextTakeover: random.pick(flags),
    serverMaxWindowBits: random.pick(sizes),
    clientMaxWindowBits: random.pick(sizes),
  });
  let agreements = 0;
  for (let round = 0; round < 2000; round++) {
    const [ours, theirs] = [any(), any()];
    const offer = serializeExtensions([deflateOffer(ours)]);
    const said = serverSays(offer, theirs);
    if (said === undefined) continue;
    const made = clientSays(said.answer, ours);
    const name = `${JSON.stringify(ours)} ${JSON.stringify(theirs)} ${offer} -> ${said.answer}`;
    if (made.kind !== 'agreed') {
      // The one thing that an offer cannot say.
      assert.ok(ours.clientNoContextTakeover === false && said.answer.includes(cnct), name);
      continue;
    }
    agreements++;
    const { server, client } = made.agreed;
    assert.deepEqual(server, said.agreed.server, name);
    assert.ok(client.windowBits <= said.agreed.client.windowBits, name);
    assert.ok(!client.contextTakeover || said.agreed.client.contextTakeover, name);
  }
  assert.ok(agreements > 500);
});

test('§7.1 an offer is read back to options that make it, an answer to what it comes to', () => {
  const offers = [pmd, `${pmd}; ${cmwb}`, `${pmd}; ${snct}; ${cnct}; ${smwb}=10; ${cmwb}=11`];
  for (const text of offers) {
    const [offer] = parseExtensions(text)!;
    assert.equal(serializeExtensions([deflateOffer(optionsOfOffer(offer!)!)]), text);
  }
  const [answer] = parseExtensions(`${pmd}; ${snct}; ${cmwb}=9`)!;
  assert.deepEqual(agreementOfAnswer(answer!), {
    server: { windowBits: 15, contextTakeover: false },
    client: { windowBits: 9, contextTakeover: true },
  });
  for (const text of ['x', `${pmd}; ${smwb}=7`, `${pmd}; constructor`]) {
    const [extension] = parseExtensions(text)!;
    assert.equal(optionsOfOffer(extension!), undefined, text);
    assert.equal(agreementOfAnswer(extension!), undefined, text);
  }
});
