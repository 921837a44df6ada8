import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ChatErrorCode,
  maxMessageBytes,
  parseClientMessage,
  refusal,
  serializeServerMessage,
} from '../../src/chat/protocol.ts';
import type { ServerMessage } from '../../src/chat/protocol.ts';
import { seededRandom } from '../../testing/seeded-random.ts';

const parse = (text: string) => parseClientMessage(Buffer.from(text));
const parseValue = (value: unknown) => parse(JSON.stringify(value));

const join = { type: 'join', room: 'lobby', name: 'ann' };
const say = { type: 'say', id: 1, text: 'hi' };

const accepted = [
  { name: 'a join', value: join, want: join },
  { name: 'a say', value: say, want: say },
  { name: 'an id of 64 characters', value: { ...say, id: 'x'.repeat(64) } },
  { name: 'id 0', value: { ...say, id: 0 } },
  { name: 'the largest safe id', value: { ...say, id: Number.MAX_SAFE_INTEGER } },
  { name: 'the id __proto__', value: { ...say, id: '__proto__' } },
  { name: 'a text of one space', value: { ...say, text: ' ' } },
  { name: 'a text of 4,096 bytes', value: { ...say, text: 'x'.repeat(4096) } },
  { name: 'a text of 4,096 bytes in 1,024 characters', value: { ...say, text: '😀'.repeat(1024) } },
  { name: 'tabs and line breaks in a text', value: { ...say, text: 'a\tb\r\nc' } },
  { name: 'bidi characters in a text', value: { ...say, text: 'a\u202eb\u200f' } },
  { name: 'markup in a text', value: { ...say, text: '<img onerror=alert(1)>' } },
  { name: 'a room of 64 code points', value: { ...join, room: '😀'.repeat(64) } },
  { name: 'the room constructor', value: { ...join, room: 'constructor' } },
  { name: 'the name __proto__', value: { ...join, name: '__proto__' } },
  { name: 'members that are not known', value: { ...say, extra: [1, { a: 2 }] }, want: say },
  {
    name: 'a name to be tidied',
    value: { ...join, name: ' e\u0301 ' },
    want: { ...join, name: '\u00e9' },
  },
];

for (const { name, value, want } of accepted) {
  test(`accepts ${name}`, () => assert.deepEqual(parseValue(value), want ?? value));
}

test('accepts the longest text with every byte written as an escape', () => {
  const text = `{"type":"say","id":"${'\\u0069'.repeat(64)}","text":"${'\\u0061'.repeat(4096)}"}`;
  assert.equal(parse(text).type, 'say');
});

const refused = [
  { code: 'not-json', text: '' },
  { code: 'not-json', text: 'hello' },
  { code: 'not-json', text: '{"type":"say"' },
  { code: 'not-json', text: '{"type":"say",}' },
  { code: 'not-json', text: '\ufeff{}' },
  { code: 'not-an-object', text: 'null' },
  { code: 'not-an-object', text: '42' },
  { code: 'not-an-object', text: '"say"' },
  { code: 'not-an-object', text: '[{"type":"say","id":1,"text":"hi"}]' },
  { code: 'unknown-type', text: '{}' },
  { code: 'unknown-type', text: '{"type":"leave","id":7}', id: 7 },
  { code: 'unknown-type', text: '{"type":["say"]}' },
  { code: 'unknown-type', text: '{"type":"constructor"}' },
  { code: 'unknown-type', text: '{"__proto__":{"type":"say","id":1,"text":"hi"}}' },
  { code: 'bad-id', text: '{"type":"say","text":"hi"}' },
  { code: 'bad-id', text: '{"type":"say","id":null,"text":"hi"}' },
  { code: 'bad-id', text: '{"type":"say","id":"","text":"hi"}' },
  { code: 'bad-id', text: `{"type":"say","id":"${'x'.repeat(65)}","text":"hi"}` },
  { code: 'bad-id', text: '{"type":"say","id":1.5,"text":"hi"}' },
  { code: 'bad-id', text: '{"type":"say","id":1e999,"text":"hi"}' },
  { code: 'bad-id', text: '{"type":"say","id":9007199254740993,"text":"hi"}' },
  { code: 'bad-id', text: '{"type":"say","id":{},"text":"hi"}' },
  { code: 'bad-text', text: '{"type":"say","id":"a"}', id: 'a' },
  { code: 'bad-text', text: '{"type":"say","id":"a","text":""}', id: 'a' },
  { code: 'bad-text', text: '{"type":"say","id":"a","text":["hi"]}', id: 'a' },
  { code: 'bad-text', text: '{"type":"say","id":"a","text":"\\u0000"}', id: 'a' },
  { code: 'bad-text', text: '{"type":"say","id":"a","text":"\\u001b[2J"}', id: 'a' },
  { code: 'bad-text', text: '{"type":"say","id":"a","text":"\\u0085"}', id: 'a' },
  { code: 'bad-text', text: '{"type":"say","id":"a","text":"\\ud800"}', id: 'a' },
  { code: 'text-too-long', text: JSON.stringify({ ...say, text: 'x'.repeat(4097) }), id: 1 },
  { code: 'text-too-long', text: JSON.stringify({ ...say, text: '😀'.repeat(1024) + 'x' }), id: 1 },
  { code: 'bad-room', text: '{"type":"join","name":"ann"}' },
  { code: 'bad-room', text: '{"type":"join","room":7,"name":"ann"}' },
  { code: 'bad-room', text: JSON.stringify({ ...join, room: 'x'.repeat(65) }) },
  { code: 'bad-room', text: JSON.stringify({ ...join, room: ' ' }) },
  { code: 'bad-name', text: '{"type":"join","room":"lobby"}' },
  { code: 'bad-name', text: '{"type":"join","room":"lobby","name":{"toString":"x"}}' },
  { code: 'bad-name', text: JSON.stringify({ ...join, name: 'x'.repeat(33) }) },
  { code: 'bad-name', text: JSON.stringify({ ...join, name: 'a\u202eb' }) },
  { code: 'too-complex', text: '['.repeat(5) + ']'.repeat(5) },
  { code: 'too-complex', text: '['.repeat(maxMessageBytes) },
  { code: 'too-complex', text: `{"type":"say"${',"x":1'.repeat(64)}}` },
  { code: 'too-large', text: JSON.stringify({ ...say, text: 'x'.repeat(maxMessageBytes) }) },
];

for (const { code, text, id } of refused) {
  test(`${code}: ${text.slice(0, 60)}`, () => {
    const answer = parse(text);
    assert.ok(answer.type === 'error');
    assert.equal(answer.code, code);
    assert.equal(answer.id, id);
    assert.equal('id' in answer, id !== undefined);
    assert.ok(answer.message.length > 0);
  });
}

test('binary: a message of bytes, whatever they are', () => {
  const answer = parseClientMessage(Buffer.from(JSON.stringify(say)), true);
  assert.ok(answer.type === 'error' && answer.code === 'binary');
});

test('a hostile key changes no prototype', () => {
  parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
  assert.equal((Object.prototype as { polluted?: unknown }).polluted, undefined);
});

test('garbage gives a message or a documented error, never anything else', (t) => {
  const random = seededRandom(t);
  const known = new Set<string>(Object.values(ChatErrorCode));
  const seeds = [join, say].map((value) => Buffer.from(JSON.stringify(value)));
  for (let i = 0; i < 5000; i++) {
    const isNoise = random.below(2) === 0;
    const bytes = isNoise ? random.bytes(random.below(60)) : Buffer.from(random.pick(seeds));
    for (let n = random.below(4); n > 0 && bytes.length > 0; n--) {
      const mark = random.pick(['"', '{', '[', ',', ':', '\\', '0', ' ']).charCodeAt(0);
      bytes[random.below(bytes.length)] = mark;
    }
    const message = parseClientMessage(bytes, random.below(20) === 0);
    if (message.type === 'error') assert.ok(known.has(message.code));
    else assert.ok(message.type === 'join' || message.type === 'say');
  }
});

test('RFC 8259 serialized messages parse back, whatever the text holds', () => {
  const at = '2026-01-02T03:04:05.678Z';
  const text = '</script>\u2028"\\\n😀\ud800';
  const messages: ServerMessage[] = [
    { type: 'joined', room: 'r', name: '__proto__', members: ['__proto__'], history: [] },
    { type: 'message', room: 'r', offset: 1, from: 'ann', text, at },
    { type: 'ack', id: 'x', offset: 1 },
    { type: 'member', name: 'ann', action: 'leave' },
    refusal('bad-id', 'why'),
    refusal('bad-text', 'why', 0),
  ];
  for (const message of messages) {
    assert.deepEqual(JSON.parse(serializeServerMessage(message)), message);
  }
});
