import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { ByteSender, DrError } from '@novacron/contracts/threads';
import { temporaryFolder } from '../../testing/places.js';
import { unpackTar } from './unpack-tar.js';

const rows = 'rows '.repeat(100_000);
const manyRows = rows.repeat(8);

const whole = { maxBuffer: 2 ** 28 };
const sha256Of = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('unpackTar', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let targetDir: string;
  let tar: Buffer;

  beforeEach(() => {
    folder = temporaryFolder('unpack-tar');
    targetDir = join(folder.path, 'target');
    const source = join(folder.path, 'source');
    for (const path of [targetDir, source, join(source, 'base')]) mkdirSync(path);
    writeFileSync(join(source, 'base/1'), rows);
    writeFileSync(join(source, 'base/2'), manyRows);
    writeFileSync(join(source, 'base/3'), '');
    symlinkSync('/srv/fast', join(source, '16384'));
    tar = execFileSync('tar', ['-c', '--format=ustar', '-C', source, '--sort=name', 'base', '16384'], whole);
  });
  afterEach(() => folder.remove());

  const sending = (bytes: Buffer) => async (port: MessagePort) => {
    const sender = new ByteSender(port);
    for (let at = 0; at < bytes.length; at += 100_000) await sender.send(bytes.subarray(at, at + 100_000));
    await sender.end();
  };
  const failure = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'unpacked',
      (error: { code?: string }) => String(error.code),
    );

  it.each([
    ['base.tar', (bytes: Buffer) => bytes],
    ['base.tar.gz', gzipSync],
    ['base.tar.zst', zstdCompressSync],
  ])('lays out %s, and says what it wrote', async (name, pack) => {
    const laid = await unpackTar(name, sending(pack(tar)), { targetDir });
    const written = { 'base/1': rows, 'base/2': manyRows, 'base/3': '' };
    expect(laid).toEqual(
      Object.entries(written).map(([path, text]) => ({ path, sizeBytes: text.length, sha256: sha256Of(text) })),
    );
    for (const [path, text] of Object.entries(written)) expect(readFileSync(join(targetDir, path), 'utf8')).toBe(text);
    expect(readlinkSync(join(targetDir, '16384'))).toBe('/srv/fast');
  });

  it('makes the folder of a file that has none in the tar, as PostgreSQL writes those of WAL', async () => {
    const files = execFileSync('tar', ['-c', '--format=ustar', '-C', join(folder.path, 'source'), 'base/1']);
    await unpackTar('pg_wal.tar', sending(files), { targetDir });
    expect(readFileSync(join(targetDir, 'base/1'), 'utf8')).toBe(rows);
  });

  it('lays out thousands of small files while it holds a few of them', async () => {
    const source = join(folder.path, 'many');
    mkdirSync(source);
    for (let name = 0; name < 2_000; name += 1) writeFileSync(join(source, `${name}`), `${name}`.repeat(5_000));
    const many = execFileSync('tar', ['-c', '--format=ustar', '-C', source, '.'], whole);
    const laid = await unpackTar('base.tar.zst', sending(zstdCompressSync(many)), { targetDir });
    expect(laid).toHaveLength(2_000);
    for (const { path, sha256 } of laid) expect(sha256Of(readFileSync(join(targetDir, path)))).toBe(sha256);
  });

  it('refuses what is cut off, is no archive, or lies there already', async () => {
    const packed = zstdCompressSync(tar);
    let made = 0;
    const unpack = async (bytes: Buffer, into = join(folder.path, `target-${(made += 1)}`)) => {
      mkdirSync(into, { recursive: true });
      return failure(unpackTar('base.tar.zst', sending(bytes), { targetDir: into }));
    };
    expect(await unpack(packed.subarray(0, -5))).toBe('CORRUPT_OBJECT');
    expect(await unpack(zstdCompressSync(tar.subarray(0, 1_024)))).toBe('CORRUPT_OBJECT');
    expect(await unpack(Buffer.from('not compressed'))).toBe('CORRUPT_OBJECT');
    expect(await unpack(packed, targetDir)).toBe('unpacked');
    expect(await unpack(packed, targetDir)).toBe('COMMAND_FAILED');
  });

  it('tells why nothing more was sent, and ends at the signal', async () => {
    const away = async (port: MessagePort) =>
      new ByteSender(port).fail(new DrError('UNREACHABLE', 'the store is away'));
    expect(await failure(unpackTar('base.tar', away, { targetDir }))).toBe('UNREACHABLE');
    const stop = new AbortController();
    const endless = async (port: MessagePort) => {
      const sender = new ByteSender(port);
      for (;;) await sender.send(tar.subarray(0, 512));
    };
    const unpacking = failure(unpackTar('base.tar', endless, { targetDir, signal: stop.signal }));
    setTimeout(() => stop.abort(), 100);
    expect(['TIMEOUT', 'COMMAND_FAILED', 'CORRUPT_OBJECT']).toContain(await unpacking);
  });
});
