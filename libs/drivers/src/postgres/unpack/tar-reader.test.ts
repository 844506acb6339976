import { type TarEntry, TarReader } from './tar-reader.js';

interface Header {
  readonly path: string;
  readonly kind?: string;
  readonly sizeBytes?: number;
  readonly target?: string;
}

function header({ path, kind = '0', sizeBytes = 0, target = '' }: Header): Buffer {
  const block = Buffer.alloc(512);
  block.write(path, 0, 100);
  block.write('0000600\0', 100);
  if (sizeBytes < 8 ** 11) block.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124);
  else {
    block.writeUInt8(0x80, 124);
    block.writeBigUInt64BE(BigInt(sizeBytes), 128);
  }
  block.write('        ', 148);
  block.write(kind, 156);
  block.write(target, 157);
  block.write('ustar\u000000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function file(path: string, content: string): Buffer {
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header({ path, sizeBytes: content.length }), Buffer.from(content), padding]);
}

const end = Buffer.alloc(1024);

/** What was found, as text: `kind path = content`, or `-> target`. */
function read(archive: Buffer, pieceBytes = archive.length): string[] {
  const found: string[] = [];
  let present: TarEntry | undefined;
  let content = '';
  const reader = new TarReader('base.tar', {
    begin: (entry) => void ([present, content] = [entry, '']),
    bytes: (piece) => void (content += piece.toString()),
    end: () => {
      const what = present?.kind === 'link' ? `-> ${present.target}` : `= ${content}`;
      found.push(`${present?.kind} ${present?.path} ${what}`);
    },
  });
  for (let at = 0; at < archive.length; at += pieceBytes) reader.write(archive.subarray(at, at + pieceBytes));
  reader.finish();
  return found;
}

const archive = Buffer.concat([
  header({ path: 'base/', kind: '5' }),
  file('base/1', 'rows'),
  file('./base/empty', ''),
  header({ path: 'pg_tblspc/16384', kind: '2', target: '/srv/fast' }),
  file('global/full-block', 'x'.repeat(512)),
  end,
]);

describe('TarReader', () => {
  it.each([1, 7, 511, 512, 513, archive.length])(
    'finds files, folders and links in pieces of %i bytes',
    (pieceBytes) => {
      expect(read(archive, pieceBytes)).toEqual([
        'folder base = ',
        'file base/1 = rows',
        'file base/empty = ',
        'link pg_tblspc/16384 -> /srv/fast',
        `file global/full-block = ${'x'.repeat(512)}`,
      ]);
    },
  );

  it('knows the size of a file beyond eight gigabytes', () => {
    let sizeBytes = 0;
    const visitor = { begin: (entry: TarEntry) => void (sizeBytes = entry.sizeBytes), bytes: () => {}, end: () => {} };
    new TarReader('base.tar', visitor).write(header({ path: 'large', sizeBytes: 9 * 2 ** 30 }));
    expect(sizeBytes).toBe(9 * 2 ** 30);
  });

  const damaged = Buffer.from(archive);
  damaged.writeUInt8(damaged.readUInt8(3) ^ 1, 3);
  it.each([
    ['ends between two files', archive.subarray(0, 512 + 1024)],
    ['ends within a file', archive.subarray(0, 512 + 514)],
    ['is nothing', Buffer.alloc(0)],
    ['has a flipped bit in a header', damaged],
    ['is no tar', Buffer.alloc(2048, 'x')],
    ['leads outside', Buffer.concat([file('../outside', 'x'), end])],
    ['leads to the root', Buffer.concat([file('/etc/passwd', 'x'), end])],
    ['holds a device', Buffer.concat([header({ path: 'null', kind: '3' }), end])],
    ['goes on behind its end', Buffer.concat([end, file('late', 'x'), end])],
  ])('refuses what %s', (_what, bytes) => {
    expect(() => read(bytes)).toThrow(expect.objectContaining({ code: 'CORRUPT_OBJECT' }));
  });
});
