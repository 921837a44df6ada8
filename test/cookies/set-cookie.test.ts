import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCookiePairs, serializeSetCookie } from '../../src/cookies/index.ts';
import type { SameSite, SetCookie } from '../../src/cookies/index.ts';
import { seededRandom } from '../../testing/seeded-random.ts';

const examples: readonly { name: string; cookie: SetCookie; want: string }[] = [
  {
    name: '§3.1 a session id',
    cookie: { name: 'SID', value: '31d4d96e407aad42' },
    want: 'SID=31d4d96e407aad42',
  },
  {
    name: '§3.1 path and domain',
    cookie: { name: 'SID', value: '31d4d96e407aad42', path: '/', domain: 'site.example' },
    want: 'SID=31d4d96e407aad42; Domain=site.example; Path=/',
  },
  {
    name: '§3.1 a date',
    cookie: { name: 'lang', value: 'en-US', expires: new Date(Date.UTC(2021, 5, 9, 10, 18, 14)) },
    want: 'lang=en-US; Expires=Wed, 09 Jun 2021 10:18:14 GMT',
  },
  {
    name: '§3.1 removal',
    cookie: { name: 'lang', value: '', expires: new Date(Date.UTC(1994, 10, 6, 8, 49, 37)) },
    want: 'lang=; Expires=Sun, 06 Nov 1994 08:49:37 GMT',
  },
  {
    name: '§4.1.3.2 the strictest',
    cookie: { name: '__Host-SID', value: '12345', secure: true, path: '/' },
    want: '__Host-SID=12345; Path=/; Secure',
  },
  {
    name: 'everything',
    cookie: {
      name: 'a',
      value: '"b"',
      expires: new Date(0),
      maxAgeSeconds: 34_560_000,
      domain: 'example.test',
      path: '/x/y',
      secure: true,
      httpOnly: true,
      sameSite: 'None',
      partitioned: true,
    },
    want:
      'a="b"; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=34560000; Domain=example.test; ' +
      'Path=/x/y; Secure; HttpOnly; SameSite=None; Partitioned',
  },
  {
    name: 'absent and false are the same',
    cookie: { name: 'a', value: 'b', domain: undefined, secure: false, httpOnly: undefined },
    want: 'a=b',
  },
  {
    name: 'names of Object.prototype',
    cookie: { name: '__proto__', value: 'x', domain: 'constructor', path: '/toString' },
    want: '__proto__=x; Domain=constructor; Path=/toString',
  },
];
for (const { name, cookie, want } of examples) {
  test(`§4.1.1 writes ${name}`, () => assert.equal(serializeSetCookie(cookie), want));
}

const corrupting = [';', ',', '\r', '\n', '\r\nSet-Cookie: x=y', '\0', '\x7f', ' ', '\t', 'é'];
const textFields = [
  ['name', 'name'],
  ['value', 'value'],
  ['domain', 'Domain'],
  ['path', 'Path'],
  ['sameSite', 'SameSite'],
] as const;
for (const [field, label] of textFields) {
  for (const character of corrupting) {
    test(`§4.1.1 ${label} with ${JSON.stringify(character)} is refused`, () => {
      const valid = { name: 'n', value: 'v', domain: 'd.test', path: '/p', sameSite: 'Lax' };
      for (const text of [`${valid[field]}${character}x`, `${valid[field]}${character}`]) {
        const cookie = { ...valid, [field]: text } as SetCookie;
        assert.throws(() => serializeSetCookie(cookie), {
          name: 'TypeError',
          message: new RegExp(`^${label} of a cookie must.*got "`, 's'),
        });
      }
    });
  }
}

const refused: readonly { name: string; cookie: object; message: RegExp }[] = [
  { name: '§5.5 over 400 days', cookie: { maxAgeSeconds: 34_560_001 }, message: /^Max-Age .*34560001/ },
  { name: '§4.1.1 a negative age', cookie: { maxAgeSeconds: -1 }, message: /^Max-Age .*got -1/ },
  { name: '§4.1.1 half a second', cookie: { maxAgeSeconds: 1.5 }, message: /^Max-Age .*got 1.5/ },
  { name: '§4.1.1 no number', cookie: { maxAgeSeconds: NaN }, message: /^Max-Age .*got NaN/ },
  { name: '§4.1.1 infinite', cookie: { maxAgeSeconds: Infinity }, message: /^Max-Age/ },
  { name: '§4.1.1 an age as text', cookie: { maxAgeSeconds: '5' }, message: /^Max-Age .*got "5"/ },
  { name: '§4.1.1 no date', cookie: { expires: new Date(NaN) }, message: /^Expires .*Invalid Date/ },
  { name: '§5.1.1 year 1600', cookie: { expires: new Date('1600-12-31') }, message: /^Expires/ },
  { name: '§4.1.1 five digits', cookie: { expires: new Date('+010000-01-01') }, message: /^Expires/ },
  { name: '§4.1.1 a date as text', cookie: { expires: 'tomorrow' }, message: /^Expires/ },
  { name: '§4.1.1 sameSite in lower case', cookie: { sameSite: 'lax' }, message: /^SameSite .*"lax"/ },
  { name: '§5.7 None without Secure', cookie: { sameSite: 'None' }, message: /^SameSite .*Secure/ },
  { name: 'Partitioned without Secure', cookie: { partitioned: true }, message: /^Partitioned/ },
  { name: 'secure as text', cookie: { secure: 'false' }, message: /^Secure .*"false"/ },
  { name: 'httpOnly as a number', cookie: { httpOnly: 1 }, message: /^HttpOnly .*got 1/ },
  { name: '§5.6 a long path', cookie: { path: `/${'a'.repeat(1024)}` }, message: /^Path .*1024/ },
  { name: '§4.1.1 a relative path', cookie: { path: 'cookies' }, message: /^Path .*"cookies"/ },
  { name: '§4.1.1 an empty path', cookie: { path: '' }, message: /^Path/ },
  { name: '§4.1.1 an empty domain', cookie: { domain: '' }, message: /^Domain/ },
  { name: '§4.1.1 a leading dot', cookie: { domain: '.a.test' }, message: /^Domain/ },
  { name: '§4.1.1 no name', cookie: { name: '' }, message: /^name/ },
  { name: 'a value that is no text', cookie: { value: 5 }, message: /^value .*got 5/ },
  { name: 'a domain that is no text', cookie: { domain: null }, message: /^Domain .*null/ },
];
for (const { name, cookie, message } of refused) {
  test(`refuses ${name}`, () => {
    const whole = { name: 'n', value: 'v', ...cookie } as SetCookie;
    assert.throws(() => serializeSetCookie(whole), { name: 'TypeError', message });
  });
}

test('§5.5, §5.6, §5.1.1 the limits themselves pass', () => {
  const base = { name: 'n', value: 'v' };
  for (const maxAgeSeconds of [0, 1, 34_560_000]) {
    const want = `n=v; Max-Age=${maxAgeSeconds}`;
    assert.equal(serializeSetCookie({ ...base, maxAgeSeconds }), want);
  }
  assert.ok(serializeSetCookie({ ...base, path: `/${'a'.repeat(1023)}` }));
  assert.ok(serializeSetCookie({ name: 'n', value: 'v'.repeat(4095) }));
  assert.throws(() => serializeSetCookie({ name: 'n', value: 'v'.repeat(4096) }), /4097/);
  assert.ok(serializeSetCookie({ ...base, expires: new Date('1601-01-01') }));
  assert.ok(serializeSetCookie({ ...base, expires: new Date('9999-12-31') }));
});

// Each set of attributes, and which names may carry it.
const host = { path: '/' };
const attributeSets: readonly { attributes: Partial<SetCookie>; allowed: readonly string[] }[] = [
  { attributes: {}, allowed: [] },
  { attributes: host, allowed: [] },
  { attributes: { secure: true }, allowed: ['__Secure-'] },
  { attributes: { secure: true, ...host }, allowed: ['__Secure-', '__Host-'] },
  { attributes: { secure: true, path: '/a' }, allowed: ['__Secure-'] },
  { attributes: { secure: true, domain: 'a.test', ...host }, allowed: ['__Secure-'] },
  { attributes: { httpOnly: true, ...host }, allowed: [] },
  { attributes: { secure: true, httpOnly: true }, allowed: ['__Secure-', '__Http-'] },
  {
    attributes: { secure: true, httpOnly: true, domain: 'a.test', ...host },
    allowed: ['__Secure-', '__Http-'],
  },
  {
    attributes: { secure: true, httpOnly: true, ...host },
    allowed: ['__Secure-', '__Host-', '__Http-', '__Host-Http-'],
  },
];
for (const { attributes, allowed } of attributeSets) {
  test(`§4.1.3 prefixes that may carry ${JSON.stringify(attributes)}: ${allowed.join(' ')}`, () => {
    for (const prefix of ['__Secure-', '__Host-', '__Http-', '__Host-Http-']) {
      for (const name of [prefix, prefix.toLowerCase(), prefix.toUpperCase()]) {
        const write = () => serializeSetCookie({ name: `${name}x`, value: 'v', ...attributes });
        if (allowed.includes(prefix)) assert.ok(write().startsWith(`${name}x=v`));
        else assert.throws(write, { name: 'TypeError', message: /^name of a cookie with this/ });
      }
    }
  });
}

test('what is written is what is checked, also when the object changes in between', () => {
  const cookie: SetCookie = { name: 'a', value: 'b' };
  assert.equal(serializeSetCookie(cookie), 'a=b');
  cookie.value = 'b; Domain=evil.test';
  assert.throws(() => serializeSetCookie(cookie), TypeError);
  let reads = 0;
  const sly = {
    name: 'a',
    get value() {
      return reads++ === 0 ? 'b' : '; Domain=evil.test';
    },
  };
  assert.equal(serializeSetCookie(sly), 'a=b');
});

test('§4.1.1 round trip: a plain reader finds these attributes and no more', (t) => {
  const random = seededRandom(t);
  const maybe = <T>(value: T): T | undefined => (random.below(2) === 0 ? value : undefined);
  for (let round = 0; round < 3000; round++) {
    const cookie: SetCookie = {
      name: random.pick(['a', 'sid', '__proto__', '!#$%&']),
      value: random.pick(['', '1', 'a=b', '"q"', '%3B%0d%0A', '()<>@:/[]?={}']),
      expires: maybe(new Date(random.below(2 ** 32) * 1000)),
      maxAgeSeconds: maybe(random.below(34_560_001)),
      domain: maybe(random.pick(['a.test', 'localhost'])),
      path: maybe(random.pick(['/', '/a=b/Secure'])),
      secure: true,
      httpOnly: maybe(true),
      sameSite: maybe(random.pick<SameSite>(['Strict', 'Lax', 'None'])),
      partitioned: maybe(true),
    };
    const [pair, ...attributes] = serializeSetCookie(cookie).split('; ');
    assert.deepEqual(parseCookiePairs(pair!), [{ name: cookie.name, value: cookie.value }]);
    const found = attributes.map((attribute) => {
      const [name, ...rest] = attribute.split('=');
      return [name, rest.join('=')];
    });
    const want = [
      ['Expires', cookie.expires?.toUTCString()],
      ['Max-Age', cookie.maxAgeSeconds === undefined ? undefined : String(cookie.maxAgeSeconds)],
      ['Domain', cookie.domain],
      ['Path', cookie.path],
      ['Secure', ''],
      ['HttpOnly', cookie.httpOnly ? '' : undefined],
      ['SameSite', cookie.sameSite],
      ['Partitioned', cookie.partitioned ? '' : undefined],
    ].filter(([, value]) => value !== undefined);
    assert.deepEqual(found, want);
  }
});
