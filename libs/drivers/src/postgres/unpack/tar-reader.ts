import { DrError } from '@novacron/contracts/threads';

export interface TarEntry {
  readonly kind: 'file' | 'folder' | 'link';
  /** Relative, without `.` and `..`. */
  readonly path: string;
  readonly mode: number;
  readonly sizeBytes: number;
  /** Of a link. */
  readonly target: string;
}

/** What is done with what a tar holds; in order, each file's bytes between its begin and its end. */
export interface TarVisitor {
  begin(entry: TarEntry): void;
  bytes(piece: Buffer): void;
  end(): void;
}

const blockBytes = 512;
const kinds: Readonly<Record<string, TarEntry['kind']>> = { '0': 'file', '\0': 'file', '5': 'folder', '2': 'link' };

/**
 * Reads a tar as PostgreSQL writes it (ustar; files, folders and links), in whatever pieces it comes. @throws DrError CORRUPT_OBJECT
 * for anything else, and for one that ends too early.
 */
export class TarReader {
  private readonly header = Buffer.alloc(blockBytes);
  private headerBytes = 0;
  private fileBytesLeft = 0;
  private paddingLeft = 0;
  private inFile = false;
  private emptyBlocks = 0;

  constructor(
    private readonly name: string,
    private readonly visitor: TarVisitor,
  ) {}

  write(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.inFile) rest = this.takeFile(rest);
      else if (this.paddingLeft > 0) {
        const skipped = Math.min(this.paddingLeft, rest.length);
        this.paddingLeft -= skipped;
        rest = rest.subarray(skipped);
      } else rest = this.takeHeader(rest);
    }
  }

  /** Nothing more comes. */
  finish(): void {
    if (this.emptyBlocks < 2 || this.inFile) throw this.corrupt('ends too early');
  }

  private takeFile(chunk: Buffer): Buffer {
    const piece = chunk.subarray(0, this.fileBytesLeft);
    this.visitor.bytes(piece);
    this.fileBytesLeft -= piece.length;
    if (this.fileBytesLeft === 0) this.endEntry();
    return chunk.subarray(piece.length);
  }

  private takeHeader(chunk: Buffer): Buffer {
    const piece = chunk.subarray(0, blockBytes - this.headerBytes);
    piece.copy(this.header, this.headerBytes);
    this.headerBytes += piece.length;
    if (this.headerBytes === blockBytes) {
      this.headerBytes = 0;
      this.beginEntry();
    }
    return chunk.subarray(piece.length);
  }

  private beginEntry(): void {
    if (this.header.every((byte) => byte === 0)) {
      this.emptyBlocks += 1;
      return;
    }
    if (this.emptyBlocks > 0) throw this.corrupt('goes on behind its end');
    const entry = this.entry();
    this.visitor.begin(entry);
    this.inFile = true;
    this.fileBytesLeft = entry.sizeBytes;
    this.paddingLeft = (blockBytes - (entry.sizeBytes % blockBytes)) % blockBytes;
    if (entry.sizeBytes === 0) this.endEntry();
  }

  private endEntry(): void {
    this.inFile = false;
    this.visitor.end();
  }

  private entry(): TarEntry {
    const { header } = this;
    const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
    if (sum !== octal(header.subarray(148, 156))) throw this.corrupt('has a damaged header');
    const kind = kinds[header.toString('latin1', 156, 157)];
    if (kind === undefined) throw this.corrupt(`holds an entry of kind ${header[156]}`);
    const [prefix, name] = [text(header.subarray(345, 500)), text(header.subarray(0, 100))];
    const path = (prefix === '' ? name : `${prefix}/${name}`).replace(/^(?:\.\/)+/u, '').replace(/\/+$/u, '');
    if (path.startsWith('/') || path.split('/').includes('..')) throw this.corrupt(`leads outside: ${path}`);
    const sizeBytes = kind === 'file' ? sizeOf(header.subarray(124, 136)) : 0;
    return { kind, path, sizeBytes, mode: octal(header.subarray(100, 108)), target: text(header.subarray(157, 257)) };
  }

  private corrupt(problem: string): DrError {
    return new DrError('CORRUPT_OBJECT', `${this.name} cannot be unpacked: it ${problem}`, {
      details: [{ path: this.name, problem }],
    });
  }
}

function text(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

function octal(field: Buffer): number {
  return Number.parseInt(text(field).trim() || '0', 8);
}

/** Beyond eight gigabytes the number is binary, and its first bit says so. */
function sizeOf(field: Buffer): number {
  return ((field[0] ?? 0) & 0x80) === 0 ? octal(field) : Number(field.readBigUInt64BE(4));
}
