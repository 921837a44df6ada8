/**
 * Fuzz target: the values of single headers - extensions, lists, sub-protocols.
 *
 * Spec      RFC 6455 §4.1, §9.1; RFC 9110 §5.6
 * Next      admission-target.ts - Origin, Host, Location
 * Left out  what an extension's parameters mean
 */
import assert from 'node:assert/strict';
import { isToken, splitList, trimOws } from '../../src/shared/index.ts';
import { checkProtocols } from '../../src/websocket/client-handshake.ts';
import { parseExtensions, serializeExtensions } from '../../src/websocket/extensions.ts';
import { handshakeWords, isPlainToken, plainExtensions, plainList } from './header-fields.ts';
import { mutateText } from './mutation.ts';
import type { FuzzTarget } from './target.ts';

type GrammarInput = { value: string };

const goodValues = [
  'permessage-deflate; client_max_window_bits; server_max_window_bits="10"',
  'permessage-deflate; server_no_context_takeover, x-webkit-deflate-frame',
  'a;b="c\\d" , , e ; f = g;h',
  'chat, superchat,\tv2.json',
  '',
];

/** Header values as text. */
export const grammarTarget: FuzzTarget<GrammarInput> = {
  name: 'header-grammar',
  about: 'parseExtensions, splitList, isToken, sub-protocols, against plain readings',
  create(random, known) {
    const base = known.length > 0 && random.below(2) === 0 ? random.pick(known).value : undefined;
    return { value: mutateText(random, base ?? random.pick(goodValues), handshakeWords) };
  },
  check({ value }) {
    const list = splitList(value);
    assert.deepEqual(list, plainList(value));
    assert.deepEqual(splitList(list.join(',')), list, 'a list that was read is written the same');
    for (const element of [...list, value]) {
      assert.equal(isToken(element), isPlainToken(element), element);
      assert.equal(trimOws(` \t${element}\t `), trimOws(element));
    }
    const good = list.every(isPlainToken) && new Set(list).size === list.length;
    if (good) checkProtocols(list);
    else assert.throws(() => checkProtocols(list), SyntaxError);
    const extensions = parseExtensions(value);
    assert.deepEqual(extensions, plainExtensions(value));
    if (extensions === undefined) return `none ${good} ${list.length}`;
    const written = serializeExtensions(extensions);
    assert.deepEqual(parseExtensions(written), extensions, 'what is written is read the same');
    const counts = extensions.slice(0, 3).map(({ parameters }) => parameters.length);
    return `extensions ${counts.join()} ${value.includes('"')} ${good}`;
  },
};
