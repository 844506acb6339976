import { type HttpAnswer, HttpAnswerReader } from './http-answer.js';

const limits = { headBytes: 200, bodyBytes: 50 };

/** The answer to bytes that come in pieces of one size, and then the end of the connection. */
function read(text: string, pieceBytes: number): HttpAnswer {
  const reader = new HttpAnswerReader(limits);
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const answer = reader.push(bytes.subarray(at, at + pieceBytes));
    if (answer !== undefined) return answer;
  }
  return reader.end();
}

describe('an answer of HTTP', () => {
  describe.each([1, 2, 3, 7, 1_000])('in pieces of %i bytes', (pieceBytes) => {
    it.each([
      ['by length', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell', 200, 'well'],
      ['by length, with more after it', 'HTTP/1.1 200 OK\r\ncontent-length:4\r\n\r\nwellHTTP/1.1', 200, 'well'],
      ['to the end', 'HTTP/1.0 200 OK\r\n\r\nwell', 200, 'well'],
      [
        'in chunks',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nwe\r\n2;x=y\r\nll\r\n0\r\n\r\n',
        200,
        'well',
      ],
      ['without a body', 'HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n', 204, ''],
      ['without words for its status', 'HTTP/1.1 503\r\nContent-Length: 0\r\n\r\n', 503, ''],
      [
        'after an interim one',
        'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno',
        404,
        'no',
      ],
    ])('is read %s', (_title, text, status, body) => {
      expect(read(text, pieceBytes)).toEqual({ status, body });
    });

    it.each([
      ['nothing', '', 'ended the connection without an answer'],
      ['half a head', 'HTTP/1.1 200 OK\r\nContent-', 'without an answer'],
      ['half a body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', 'broke off its answer'],
      ['half a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf', 'broke off'],
      ['no last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n', 'broke off'],
      ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', 'does not speak HTTP/1.1'],
      ['HTTP/2', 'HTTP/2 200\r\n\r\n', 'does not speak HTTP/1.1'],
      ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', 'content length is no number'],
      ['chunks without size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n', 'has no size'],
      ['another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n', 'coding gzip is not understood'],
      ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(300)}`, 'head is too long'],
      ['a body without end', `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(60)}`, 'answer is too long'],
    ])('is refused: %s', (_title, text, reason) => {
      expect(() => read(text, pieceBytes)).toThrow(reason);
    });
  });
});
