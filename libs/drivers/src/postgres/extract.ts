import { spawn } from 'node:child_process';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { DrError } from '@novacron/contracts';
import { baseEnvironment, type RunAs } from '../command/run-command.js';

export interface ExtractOptions {
  readonly targetDir: string;
  readonly signal?: AbortSignal;
  readonly runAs?: RunAs;
}

/**
 * Unpacks one tar of a base backup into a folder that exists; the name (`base.tar.zst`, `pg_wal.tar.gz`, …) tells how it is
 * compressed. Throws CORRUPT_OBJECT when the bytes are no such archive or end too early, PROGRAM_MISSING without tar.
 */
export async function extractTar(
  name: string,
  archive: Readable,
  { targetDir, signal, runAs }: ExtractOptions,
): Promise<void> {
  const child = spawn('tar', ['-x', '-f', '-', '-C', targetDir, '--no-same-owner'], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: baseEnvironment(),
    ...runAs,
  });
  let problem = '';
  child.stderr.on('data', (chunk: Buffer) => (problem = (problem + chunk.toString()).slice(-2_000)));
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', (error) =>
      reject(new DrError('PROGRAM_MISSING', 'tar is not installed', { hint: 'install the package tar', cause: error })),
    );
    child.once('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new DrError('CORRUPT_OBJECT', `${name} cannot be unpacked`, {
            details: [{ path: name, problem: problem.trim() }],
          }),
        );
    });
  });
  ended.catch(() => undefined);
  try {
    await pipeline(
      archive,
      decompression(name),
      new EndOfTar(name),
      child.stdin,
      signal === undefined ? {} : { signal },
    );
  } catch (error) {
    child.kill('SIGKILL');
    if (signal?.aborted) throw new DrError('TIMEOUT', `unpacking ${name} was aborted`, { cause: error });
    // When tar gave up first, its words say more than the broken pipe.
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') await ended;
    if (DrError.is(error)) throw error;
    throw new DrError('CORRUPT_OBJECT', `${name} cannot be unpacked: ${(error as Error).message}`, { cause: error });
  }
  await ended;
}

/** The usual 16 KiB would be a hundred thousand turns of the event loop for each gigabyte. */
const chunks = { chunkSize: 1024 * 1024 };

function decompression(name: string): Transform {
  if (name.endsWith('.zst')) return createZstdDecompress(chunks);
  if (name.endsWith('.gz')) return createGunzip(chunks);
  if (name.endsWith('.tar')) return new Transform({ transform: (chunk, _encoding, done) => done(null, chunk) });
  throw new DrError('INVALID_CONFIG', `${name} is compressed in a way that is not supported`, {
    hint: 'use server-zstd, gzip or none',
  });
}

const endOfArchiveBytes = 1024;

/** A tar ends with two empty blocks; tar itself takes an archive that was cut off between two files for a whole one. */
class EndOfTar extends Transform {
  #tail = Buffer.alloc(0);

  constructor(private readonly archive: string) {
    super();
  }

  override _transform(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error: Error | null, data: Buffer) => void,
  ): void {
    const recent = chunk.length >= endOfArchiveBytes ? chunk : Buffer.concat([this.#tail, chunk]);
    this.#tail = Buffer.from(recent.subarray(-endOfArchiveBytes));
    done(null, chunk);
  }

  override _flush(done: (error?: Error | null) => void): void {
    const whole = this.#tail.length === endOfArchiveBytes && this.#tail.every((byte) => byte === 0);
    done(whole ? null : new DrError('CORRUPT_OBJECT', `${this.archive} ends too early`));
  }
}
