import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { DrError, type ErrorReply } from '@novacron/contracts';
import type { RunAs } from '../../command/run-command.js';
import type { LaidFile } from './lay-out-files.js';
import type { Owner } from './small-files.js';

export interface UnpackOptions {
  /** Exists. */
  readonly targetDir: string;
  readonly signal?: AbortSignal;
  /** Whose the files are to be, where we are root. */
  readonly runAs?: RunAs;
}

export interface UnpackWork {
  readonly name: string;
  readonly folder: string;
  readonly owner?: Owner;
  readonly port: MessagePort;
}

export type UnpackResult = { readonly files: readonly LaidFile[] } | { readonly error: ErrorReply };

/** Tests run from the sources; a thread runs what was built of them. */
const program = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/postgres/unpack/unpack-thread.js' : './unpack-thread.js',
  import.meta.url,
);
const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 256 };

/**
 * Unpacks one tar of a base backup in a thread of its own, from the bytes that `feed` sends into a channel; the name (`base.tar.zst`,
 * `pg_wal.tar.gz`, …) tells how it is compressed. Every file was hashed as it was written and is on the disc when this resolves.
 * @throws DrError CORRUPT_OBJECT when the bytes are no such archive or end too early, COMMAND_FAILED when the disc does not take them, or
 * what `feed` throws.
 */
export async function unpackTar(
  name: string,
  feed: (port: MessagePort) => Promise<void>,
  { targetDir, signal, runAs }: UnpackOptions,
): Promise<readonly LaidFile[]> {
  signal?.throwIfAborted();
  const { port1, port2 } = new MessageChannel();
  const owner = runAs === undefined ? {} : { owner: { uid: runAs.uid, gid: runAs.gid } };
  const workerData: UnpackWork = { name, folder: targetDir, ...owner, port: port2 };
  const worker = new Worker(program, { workerData, transferList: [port2], resourceLimits, execArgv: [] });
  const stop = (): void => void worker.terminate();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const laid = resultOf(worker, name, signal);
    const fed = feed(port1);
    const [unpacked, sent] = await Promise.allSettled([laid, fed]);
    // What could not be sent tells more than what the lack of it did; but one that was gone had its reason.
    if (sent.status === 'rejected' && !isGone(sent.reason)) throw sent.reason;
    if (unpacked.status === 'rejected') throw unpacked.reason;
    if (sent.status === 'rejected') throw sent.reason;
    return unpacked.value;
  } finally {
    signal?.removeEventListener('abort', stop);
    port1.close();
    await worker.terminate();
  }
}

function isGone(error: unknown): boolean {
  return DrError.is(error) && error.code === 'INTERNAL';
}

function resultOf(worker: Worker, name: string, signal: AbortSignal | undefined): Promise<readonly LaidFile[]> {
  return new Promise((resolve, reject) => {
    worker.once('message', (result: UnpackResult) => {
      if ('files' in result) resolve(result.files);
      else reject(DrError.fromReply(result.error));
    });
    worker.once('error', (error) => reject(DrError.from(error)));
    worker.once('exit', () =>
      reject(
        signal?.aborted === true
          ? new DrError('TIMEOUT', `unpacking ${name} was aborted`)
          : new DrError('INTERNAL', `the thread that unpacks ${name} has ended`, { retryable: true }),
      ),
    );
  });
}
