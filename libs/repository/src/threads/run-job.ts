import { createHash } from 'node:crypto';
import { DrError } from '@novacron/contracts/threads';
import { damageOf } from '../objects/damage.js';
import { FrameOpener, FrameSealer } from '../sealing/frames.js';
import { type SealHeader, tagBytes } from '../sealing/seal-header.js';
import { type ByteTarget, targetOf } from './byte-target.js';
import { framesOf } from './frame-source.js';
import type { Job, JobControl, JobResult, OpenJob, SealJob } from './jobs.js';

type Tell = (doneBytes: number) => void;

/** Does one job from its first byte to its last. Holds a few frames, whatever the size. @throws DrError, or the file system's error. */
export async function runJob(job: Job, control: JobControl, tell: Tell): Promise<JobResult> {
  const target = targetOf(job.sink);
  try {
    const result = await (job.kind === 'seal' ? seal(job, target, control, tell) : open(job, target, control, tell));
    await target.end();
    return result;
  } catch (error) {
    target.fail(error);
    throw error;
  }
}

async function seal(job: SealJob, target: ByteTarget, control: JobControl, tell: Tell): Promise<JobResult> {
  const header = buffersOf(job.header);
  const [stored, plain] = [new Tally(), new Tally()];
  const sealer = new FrameSealer(header, job.objectKey);
  stored.add(header.bytes);
  await target.write([Buffer.from(header.bytes)]);
  for await (const { bytes, last } of framesOf(job.source, header.frameSizeBytes, control)) {
    plain.add(bytes);
    const sealed = sealer.seal([bytes], last);
    for (const piece of sealed) stored.add(piece);
    await target.write(sealed);
    tell(plain.sizeBytes);
  }
  return resultOf(stored, plain);
}

async function open(job: OpenJob, target: ByteTarget, control: JobControl, tell: Tell): Promise<JobResult> {
  const header = buffersOf(job.header);
  const [stored, plain] = [new Tally(), new Tally()];
  const opener = new FrameOpener(header, job.objectKey);
  let refusal: DrError | undefined;
  stored.add(header.bytes);
  const frames = framesOf(job.source, header.frameSizeBytes + tagBytes, control, header.bytes.length);
  for await (const { bytes, last } of frames) {
    stored.add(bytes);
    tell(stored.sizeBytes);
    // A frame that does not open is the end of the plaintext; what else is wrong, the whole of what is stored tells.
    if (refusal !== undefined) continue;
    try {
      const opened = opener.open(bytes, last);
      plain.add(opened);
      await target.write([opened]);
    } catch (error) {
      refusal = DrError.from(error);
      if (refusal.code !== 'CORRUPT_OBJECT') throw refusal;
    }
  }
  const result = resultOf(stored, plain);
  const { sizeBytes, sha256, plainSizeBytes, plainSha256 } = result;
  const damage =
    damageOf(job.objectKey, 'stored', job.expected.stored, { sizeBytes, sha256 }) ??
    refusal ??
    damageOf(job.objectKey, 'opened', job.expected.plain, { sizeBytes: plainSizeBytes, sha256: plainSha256 });
  if (damage !== null && damage !== undefined) throw damage;
  return result;
}

class Tally {
  private readonly hash = createHash('sha256');
  sizeBytes = 0;

  add(bytes: Buffer): void {
    this.hash.update(bytes);
    this.sizeBytes += bytes.length;
  }

  digest(): string {
    return this.hash.digest('hex');
  }
}

function resultOf(stored: Tally, plain: Tally): JobResult {
  return {
    sizeBytes: stored.sizeBytes,
    sha256: stored.digest(),
    plainSizeBytes: plain.sizeBytes,
    plainSha256: plain.digest(),
  };
}

/** What was sent between threads are plain bytes. */
function buffersOf(header: SealHeader): SealHeader {
  const buffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
    Buffer.from(buffer, byteOffset, byteLength);
  const { bytes, noncePrefix, dataKey } = header;
  return { ...header, bytes: buffer(bytes), noncePrefix: buffer(noncePrefix), dataKey: buffer(dataKey) };
}
