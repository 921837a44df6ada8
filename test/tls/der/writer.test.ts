import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as der from '../../../src/tls/der/writer.ts';
import { oid } from '../../../src/tls/der/oid.ts';
import { hex } from '../../../testing/splits.ts';

// Printed in X.690 and in RFC 5280, or derived by hand from the rule that is named.
const values = [
  { name: '§8.3 0', got: der.integer(0n), want: '02 01 00' },
  { name: '§8.3 127', got: der.integer(127n), want: '02 01 7f' },
  { name: '§8.3 128 needs a zero for its sign', got: der.integer(128n), want: '02 02 00 80' },
  { name: '§8.3 255', got: der.integer(255n), want: '02 02 00 ff' },
  { name: '§8.3 256', got: der.integer(256n), want: '02 02 01 00' },
  { name: '§8.3 -1', got: der.integer(-1n), want: '02 01 ff' },
  { name: '§8.3 -128', got: der.integer(-128n), want: '02 01 80' },
  { name: '§8.3 -129', got: der.integer(-129n), want: '02 02 ff 7f' },
  { name: '§8.3 2^64', got: der.integer(2n ** 64n), want: '02 09 01 00 00 00 00 00 00 00 00' },
  { name: '§11.1 TRUE', got: der.boolean(true), want: '01 01 ff' },
  { name: '§8.2 FALSE', got: der.boolean(false), want: '01 01 00' },
  { name: '§8.8 NULL', got: der.nullValue(), want: '05 00' },
  { name: '§8.19.5 2.999.3', got: der.objectIdentifier('2.999.3'), want: '06 03 88 37 03' },
  { name: '§8.19 2.5.4.3', got: der.objectIdentifier('2.5.4.3'), want: '06 03 55 04 03' },
  { name: '§8.19 arc 127', got: der.objectIdentifier('1.2.127'), want: '06 02 2a 7f' },
  { name: '§8.19 arc 128', got: der.objectIdentifier('1.2.128'), want: '06 03 2a 81 00' },
  {
    name: '§8.19 arc 2^28',
    got: der.objectIdentifier('1.2.268435456'),
    want: '06 06 2a 81 80 80 80 00',
  },
  {
    name: '§8.19 arc 2^64',
    got: der.objectIdentifier('1.2.18446744073709551616'),
    want: '06 0b 2a 82 80 80 80 80 80 80 80 80 00',
  },
  {
    name: 'RFC 5758 §3.2',
    got: der.objectIdentifier(oid.ecdsaWithSha256),
    want: '06 08 2a 86 48 ce 3d 04 03 02',
  },
  { name: '§8.6 bits', got: der.bitString(hex('0a 3b')), want: '03 03 00 0a 3b' },
  { name: '§11.2.2 no named bit', got: der.namedBits(), want: '03 01 00' },
  { name: '§11.2.2 bit 0', got: der.namedBits(0), want: '03 02 07 80' },
  { name: '§11.2.2 bits 5 and 6', got: der.namedBits(5, 6), want: '03 02 01 06' },
  { name: '§11.2.2 bit 8', got: der.namedBits(8), want: '03 03 07 00 80' },
  { name: '§8.14 [0] explicit', got: der.explicit(0, der.integer(2n)), want: 'a0 03 02 01 02' },
  { name: '§8.14 [2] implicit', got: der.implicit(2, Buffer.from('a')), want: '82 01 61' },
  { name: '§8.23 UTF8String', got: der.utf8String('é'), want: '0c 02 c3 a9' },
  {
    name: '§11.6 a set is sorted',
    got: der.setOf(hex('02 01 05'), hex('02 01 04')),
    want: '31 06 02 01 04 02 01 05',
  },
  {
    name: '§8.9 a sequence is not',
    got: der.sequence(hex('02 01 05'), hex('02 01 04')),
    want: '30 06 02 01 05 02 01 04',
  },
];
for (const { name, got, want } of values) {
  test(name, () => assert.deepEqual(got, hex(want)));
}

const lengths = [
  { length: 0, header: '04 00' },
  { length: 127, header: '04 7f' },
  { length: 128, header: '04 81 80' },
  { length: 255, header: '04 81 ff' },
  { length: 256, header: '04 82 01 00' },
  { length: 65536, header: '04 83 01 00 00' },
];
for (const { length, header } of lengths) {
  test(`§10.1 a length of ${length} in its shortest form`, () => {
    const value = der.octetString(Buffer.alloc(length));
    assert.deepEqual(value.subarray(0, value.length - length), hex(header));
  });
}

const times = [
  { date: '1950-01-01T00:00:00Z', want: '\x17\x0d500101000000Z' },
  { date: '2049-12-31T23:59:59.999Z', want: '\x17\x0d491231235959Z' },
  { date: '2050-01-01T00:00:00Z', want: '\x18\x0f20500101000000Z' },
];
for (const { date, want } of times) {
  test(`RFC 5280 §4.1.2.5 ${date}`, () => {
    assert.equal(der.time(new Date(date)).toString('latin1'), want);
  });
}

test('what cannot be written is refused', () => {
  for (const text of ['', '1', '3.1', '1.40', '1.2.', '1.02', '1.2.-3', 'a']) {
    assert.throws(() => der.objectIdentifier(text), TypeError, text);
  }
  for (const date of ['1949-12-31T23:59:59Z', 'nonsense']) {
    assert.throws(() => der.time(new Date(date)), RangeError);
  }
});
