/** What was answered, as far as a check needs it. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

const headEnd = Buffer.from('\r\n\r\n');

/**
 * One answer of HTTP/1.0 or 1.1, read as it comes (RFC 9112): by length, in chunks, or until the connection ends. `push` gives
 * the answer once it is whole. @throws Error with the reason for what is no such answer.
 */
export class HttpAnswerReader {
  private head = '';
  private buffered: Buffer = Buffer.alloc(0);
  private status = 0;
  private length: number | 'chunked' | 'to the end' = 'to the end';
  private readonly parts: Buffer[] = [];
  private size = 0;

  /** A longer head or body is an error. */
  constructor(private readonly limits: { readonly headBytes: number; readonly bodyBytes: number }) {}

  push(chunk: Buffer): HttpAnswer | undefined {
    let rest = chunk;
    while (this.head === '') {
      const whole = this.buffered.length === 0 ? rest : Buffer.concat([this.buffered, rest]);
      const end = whole.indexOf(headEnd);
      if ((end < 0 ? whole.length : end) > this.limits.headBytes) throw new Error('its head is too long');
      if (end < 0) {
        this.buffered = whole;
        return undefined;
      }
      this.buffered = Buffer.alloc(0);
      rest = whole.subarray(end + headEnd.length);
      this.readHead(whole.toString('latin1', 0, end));
    }
    if (this.length === 'chunked') return this.pushChunked(rest);
    this.add(rest);
    return typeof this.length === 'number' && this.size >= this.length ? this.answer() : undefined;
  }

  /** The other side has ended the connection. */
  end(): HttpAnswer {
    if (this.head === '') throw new Error('it ended the connection without an answer');
    if (this.length !== 'to the end') throw new Error('it broke off its answer');
    return this.answer();
  }

  private readHead(head: string): void {
    const line = /^HTTP\/1\.[01] (?<status>\d{3})(?: |\r|$)/u.exec(head);
    if (line === null) throw new Error('it does not speak HTTP/1.1');
    this.status = Number(line.groups?.['status']);
    // 100 Continue and its like come before the answer.
    if (this.status < 200) return;
    this.head = head;
    const coding = headerOf(head, 'transfer-encoding');
    const length = headerOf(head, 'content-length');
    if (this.status === 204 || this.status === 304) this.length = 0;
    else if (coding !== undefined) {
      if (coding.toLowerCase() !== 'chunked') throw new Error(`its transfer coding ${coding} is not understood`);
      this.length = 'chunked';
    } else if (length !== undefined) {
      if (!/^\d{1,15}$/u.test(length)) throw new Error('its content length is no number');
      this.length = Number(length);
    }
  }

  private pushChunked(chunk: Buffer): HttpAnswer | undefined {
    let rest = this.buffered.length === 0 ? chunk : Buffer.concat([this.buffered, chunk]);
    for (;;) {
      const end = rest.indexOf('\r\n');
      if (end < 0) {
        if (rest.length > 1_024) throw new Error('a chunk of its answer has no size');
        break;
      }
      const size = /^(?<hex>[0-9a-f]{1,8})(?:\s*;.*)?$/iu.exec(rest.toString('latin1', 0, end))?.groups?.['hex'];
      if (size === undefined) throw new Error('a chunk of its answer has no size');
      const bytes = Number.parseInt(size, 16);
      if (bytes === 0) return this.answer();
      if (rest.length < end + 2 + bytes + 2) break;
      this.add(rest.subarray(end + 2, end + 2 + bytes));
      rest = rest.subarray(end + 2 + bytes + 2);
    }
    if (rest.length > this.limits.bodyBytes + 1_024) throw new Error('its answer is too long');
    this.buffered = Buffer.from(rest);
    return undefined;
  }

  private add(part: Buffer): void {
    this.size += part.length;
    if (this.size > this.limits.bodyBytes) throw new Error('its answer is too long');
    if (part.length > 0) this.parts.push(part);
  }

  private answer(): HttpAnswer {
    const whole = this.parts.length === 1 ? (this.parts[0] as Buffer) : Buffer.concat(this.parts);
    const { status, length } = this;
    return { status, body: whole.toString('utf8', 0, typeof length === 'number' ? length : undefined) };
  }
}

/** The first header line of that name. */
function headerOf(head: string, name: string): string | undefined {
  return new RegExp(`^${name}:[ \\t]*(?<value>[^\\r\\n]*?)[ \\t]*$`, 'imu').exec(head)?.groups?.['value'];
}
