/** The program of a thread that unpacks one tar and ends. */
import { pipeline } from 'node:stream/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { DrError, receivedBytes, release } from '@novacron/contracts/threads';
import { LayOutFiles } from './lay-out-files.js';
import { TarReader } from './tar-reader.js';
import type { UnpackResult, UnpackWork } from './unpack-tar.js';

/** The usual 16 KiB would be a hundred thousand turns for each gigabyte. */
const chunks = { chunkSize: 512 * 1024 };

const { name, folder, owner, port } = workerData as UnpackWork;
const layOut = new LayOutFiles(folder, owner);
const reader = new TarReader(name, layOut);

async function read(source: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of source) {
    reader.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    releaseWhole(chunk);
    await layOut.room();
  }
  reader.finish();
}

/**
 * Memory is given out piece by piece, and never again once its last piece was: what this thread has done with is not left to a collector,
 * which would come for it when there are sixty megabytes of it.
 */
function releaseWhole({ buffer, byteOffset, byteLength }: Uint8Array): void {
  if (byteOffset + byteLength === buffer.byteLength) release(new Uint8Array(buffer));
}

async function unpack(): Promise<void> {
  const source = receivedBytes(port);
  if (name.endsWith('.zst')) await pipeline(source, createZstdDecompress(chunks), read);
  else if (name.endsWith('.gz')) await pipeline(source, createGunzip(chunks), read);
  else await read(source);
  await layOut.finish();
}

function errorOf(error: unknown): DrError {
  if (DrError.is(error)) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const isOfSystem = (error as NodeJS.ErrnoException).syscall !== undefined;
  return isOfSystem
    ? new DrError('COMMAND_FAILED', `${name} cannot be unpacked: ${code}`, {
        details: [{ path: name, problem: message }],
      })
    : new DrError('CORRUPT_OBJECT', `${name} cannot be unpacked: ${message}`);
}

const result: UnpackResult = await unpack().then(
  () => ({ files: layOut.files }),
  (error: unknown) => ({ error: errorOf(error).toReply() }),
);
parentPort?.postMessage(result);
