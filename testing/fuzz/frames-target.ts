/**
 * Fuzz target: FrameParser in every split, against `decodeFrame` and a plain reading of headers.
 *
 * Spec      RFC 6455 §5.2, §5.1, §5.5
 * Next      connection-target.ts - messages, text and closing
 * Left out  which extension gives the RSV bits a meaning
 */
import assert from 'node:assert/strict';
import { decodeFrame, FrameParser, ParserStep } from '../../src/websocket/index.ts';
import { closeCodeOf, readHeader, readPayload } from './plain-reading.ts';
import type { HeaderRules } from './plain-reading.ts';
import { someCuts, someStream, splitsOf } from './frame-streams.ts';
import type { FuzzTarget } from './target.ts';

type FramesInput = {
  expectMasked: boolean;
  /** Whether an extension owns RSV1. */
  rsv1: boolean;
  limitBytes: number;
  bytes: string;
  cuts: number[];
};

interface ReadFrame {
  fin: boolean;
  rsv1: boolean;
  opcode: number;
  length: number;
  payload: string;
}

/** What a stream holds: whole frames, the payload so far of one more, and what is wrong. */
interface Reading {
  frames: ReadFrame[];
  rest: ReadFrame | undefined;
  error: string | undefined;
  errorOffset: number | undefined;
}

function readWithParser(chunks: readonly Buffer[], rules: HeaderRules): Reading {
  const { expectMasked, extensionBits, limitBytes } = rules;
  const parser = new FrameParser({ expectMasked, extensionBits });
  parser.payloadLimitBytes = limitBytes;
  const reading: Reading = {
    frames: [],
    rest: undefined,
    error: undefined,
    errorOffset: undefined,
  };
  for (const chunk of chunks) {
    parser.push(chunk);
    // A frame has two bytes or more, and a header and a payload step; no step changes nothing.
    let steps = chunk.length + 4;
    for (let step = parser.next(); step !== ParserStep.needMore; step = parser.next()) {
      assert.ok(steps-- > 0, 'parser takes more steps than its chunk has bytes');
      if (step === ParserStep.invalid) return failed(parser, reading);
      const { fin, rsv1, opcode, payloadLength: length } = parser;
      if (step === ParserStep.header) {
        assert.equal(reading.rest, undefined, 'a header within a frame');
        reading.rest = { fin, rsv1, opcode, length, payload: '' };
        continue;
      }
      const frame = reading.rest;
      assert.ok(frame, 'a payload without a header');
      frame.payload += parser.payload.toString('hex');
      const complete = frame.payload.length === 2 * length;
      assert.equal(parser.frameComplete, complete, 'frameComplete tells the last piece');
      if (!complete) continue;
      reading.frames.push(frame);
      reading.rest = undefined;
    }
    assert.equal(parser.next(), ParserStep.needMore, 'needMore stays until more is pushed');
  }
  return reading;
}

function failed(parser: FrameParser, reading: Reading): Reading {
  const { error } = parser;
  assert.ok(error, 'invalid without an error');
  assert.match(error.section, /^RFC 6455 §\d/);
  assert.equal(error.closeCode, closeCodeOf(error.code), 'close code fits the rule');
  parser.push(Buffer.from('810181', 'hex'));
  assert.equal(parser.next(), ParserStep.invalid, 'nothing is read after a failure');
  assert.equal(parser.error, error, 'the first error stays');
  const { byteOffset, lastBytes } = parser.describeFrame();
  assert.match(lastBytes, /^([0-9a-f]{2}( |$)){0,16}$/, 'lastBytes are hex');
  return { ...reading, error: error.code, errorOffset: byteOffset };
}

function readPlainly(bytes: Buffer, rules: HeaderRules): Reading {
  const frames: ReadFrame[] = [];
  for (let at = 0; ;) {
    const end = { frames, rest: undefined, error: undefined, errorOffset: undefined };
    const header = readHeader(bytes, at, rules);
    if (header === undefined) return end;
    if (typeof header === 'string') return { ...end, error: header, errorOffset: at };
    const { fin, rsv1, opcode, length } = header;
    const payload = readPayload(bytes, header);
    const frame = { fin, rsv1, opcode, length, payload: payload.toString('hex') };
    const decoded = decodeFrame(bytes.subarray(at));
    if (payload.length < length) {
      assert.equal(decoded, undefined, 'decodeFrame waits for the payload');
      return { ...end, rest: frame };
    }
    assert.ok(decoded, 'decodeFrame reads a whole frame');
    assert.equal(decoded.bytesRead, header.payloadStart + length - at);
    assert.deepEqual(decoded.frame, {
      ...{ fin, rsv1, rsv2: decoded.frame.rsv2, rsv3: decoded.frame.rsv3, opcode },
      maskingKey: rules.expectMasked ? header.maskingKey : undefined,
      payload,
    });
    frames.push(frame);
    at = header.payloadStart + length;
  }
}

/** FrameParser, whole and in every split, against plain readings. */
export const framesTarget: FuzzTarget<FramesInput> = {
  name: 'frames',
  about: 'FrameParser in every split, against decodeFrame and a plain reading',
  create(random, known) {
    const expectMasked = random.below(2) === 0;
    const base = known.length > 0 ? random.pick(known).bytes : '';
    return {
      expectMasked,
      rsv1: random.below(4) === 0,
      limitBytes: random.pick([0, 1, 125, 126, 1000, 1 << 20]),
      bytes: someStream(random, expectMasked, Buffer.from(base, 'hex')).toString('hex'),
      cuts: someCuts(random),
    };
  },
  check({ expectMasked, rsv1, limitBytes, bytes: digits, cuts }) {
    const bytes = Buffer.from(digits, 'hex');
    const rules = { expectMasked, extensionBits: rsv1 ? 0b0100_0000 : 0, limitBytes };
    const want = readPlainly(bytes, rules);
    for (const chunks of splitsOf(bytes, cuts)) {
      assert.deepEqual(readWithParser(chunks, rules), want);
    }
    const shapes = new Set(want.frames.map(({ fin, opcode }) => `${Number(fin)}${opcode}`));
    return `${[...shapes].sort().join(' ')} ${want.error ?? (want.rest ? 'cut' : 'end')}`;
  },
};
