import { describe, expect, it } from 'vitest';
import { AnswerReader } from '../../../src/tools/testing/no-dropped-requests/answer-reader.js';

interface Read {
  readonly isWhole: boolean;
  readonly status: number;
  readonly saysClose: boolean;
  readonly rest: string;
}

/** Reads `text` in pieces of `size` bytes, and what stands behind the answer in one with its last piece. */
function read(text: string, { method = 'GET', size = text.length, thenEnds = false } = {}): Read {
  const reader = new AnswerReader(method);
  let rest = '';
  for (let at = 0; at < text.length; at += size) {
    if (reader.isWhole) rest += text.slice(at, at + size);
    else rest += reader.read(Buffer.from(text.slice(at, at + size), 'latin1')).toString('latin1');
  }
  if (thenEnds) reader.end();
  const { isWhole, status, saysClose } = reader;
  return { isWhole, status, saysClose, rest };
}

const whole = { isWhole: true, status: 200, saysClose: false, rest: '' };

describe('AnswerReader', () => {
  const answers: [string, string, Partial<Read>, { method?: string; thenEnds?: boolean }?][] = [
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', {}],
    ['a length of 0', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', {}],
    [
      'chunks',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n',
      {},
    ],
    ['trailers', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx: y\r\nz: 1\r\n\r\n', {}],
    ['no body by its status', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204 }],
    ['no body to HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', {}, { method: 'HEAD' }],
    [
      'interim answers before',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na',
      {},
    ],
    ['a goodbye', 'HTTP/1.1 200 OK\r\nConnection: Close\r\ncontent-length: 1\r\n\r\na', { saysClose: true }],
    ['an older version', 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na', { saysClose: true }],
    ['an end in place of a length', 'HTTP/1.1 200 OK\r\n\r\nabc', { saysClose: true }, { thenEnds: true }],
  ];

  it.each(answers)('reads an answer with %s, however it is cut', (_what, text, expected, options = {}) => {
    for (let size = 1; size <= text.length; size++)
      expect(read(text, { ...options, size })).toEqual({ ...whole, ...expected });
  });

  it.each(answers.filter(([, , , options]) => options?.thenEnds !== true))(
    'leaves what is behind one with %s',
    (_what, text, _expected, options = {}) => {
      for (let size = 1; size <= text.length; size++)
        expect(read(`${text}HTTP/1.1 404`, { ...options, size }).rest).toBe('HTTP/1.1 404');
    },
  );

  it.each(answers.filter(([what]) => what !== 'an end in place of a length'))(
    'does not take the first bytes of one with %s for all of it, whatever ends',
    (_what, text, _expected, options = {}) => {
      for (let length = 0; length < text.length; length++)
        expect(read(text.slice(0, length), { ...options, thenEnds: true }).isWhole).toBe(false);
    },
  );

  it.each([
    ['other bytes', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['a length that is none', 'HTTP/1.1 200 OK\r\ncontent-length: 5, 5\r\n\r\nhello'],
    ['a chunk size that is none', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n'],
    ['a head without end', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`],
  ])('sees that %s is no answer', (_what, text) => {
    const reader = new AnswerReader('GET');
    reader.read(Buffer.from(text, 'latin1'));
    expect(reader.isNoAnswer).toBe(true);
    expect(reader.isWhole).toBe(false);
  });

  it('counts all bytes and keeps the first 120', () => {
    const reader = new AnswerReader('GET');
    const text = `HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n${'x'.repeat(1000)}`;
    for (const character of text) reader.read(Buffer.from(character));
    expect(reader.received).toBe(text.length);
    expect(reader.seen.toString()).toBe(text.slice(0, 120));
  });
});
