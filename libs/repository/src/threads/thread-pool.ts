import { type MessagePort, Worker } from 'node:worker_threads';
import { DrError } from '@novacron/contracts/threads';
import type { FromThread, Job, JobResult, ToThread } from './jobs.js';

export interface RunningJob {
  readonly result: Promise<JobResult>;
  /** The file that is followed has its last byte. */
  whole(): void;
}

export interface JobOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (doneBytes: number) => void;
}

interface Waiting {
  readonly resolve: (result: JobResult) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: ((doneBytes: number) => void) | undefined;
}

/** Tests run from the sources; a thread runs what was built of them. */
const program = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/threads/sealing-thread.js' : './sealing-thread.js',
  import.meta.url,
);
/** Little is alive in such a thread at a time, and what is not is to be gone soon. */
const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 };

/**
 * A few threads that seal and open, so that the one that answers the bus is never kept. They begin with the first job, and hold no
 * program back that has nothing else to do.
 */
export class ThreadPool {
  private readonly threads: PoolThread[] = [];

  constructor(private readonly size: number) {}

  /** @throws DrError TIMEOUT when the signal says so. */
  run(job: Job, options: JobOptions = {}): RunningJob {
    return this.leastBusy().run(job, options);
  }

  private leastBusy(): PoolThread {
    const alive = this.threads.filter(({ hasEnded }) => !hasEnded);
    this.threads.splice(0, this.threads.length, ...alive);
    const idle = alive.find(({ jobs }) => jobs === 0);
    if (idle !== undefined) return idle;
    if (alive.length < this.size) {
      const thread = new PoolThread();
      this.threads.push(thread);
      return thread;
    }
    return alive.reduce((one, other) => (other.jobs < one.jobs ? other : one));
  }
}

class PoolThread {
  hasEnded = false;
  private readonly worker = new Worker(program, { resourceLimits, execArgv: [], stdout: false, stderr: false });
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;

  constructor() {
    this.worker.unref();
    this.worker.on('message', (message: FromThread) => this.hear(message));
    this.worker.on('error', (error) => this.end(error));
    this.worker.on('exit', () => this.end(undefined));
  }

  get jobs(): number {
    return this.waiting.size;
  }

  run(job: Job, { signal, onProgress }: JobOptions): RunningJob {
    const id = (this.last += 1);
    const abort = (): void => this.tell({ id, aborted: true });
    const result = new Promise<JobResult>((resolve, reject) => this.waiting.set(id, { resolve, reject, onProgress }));
    this.worker.ref();
    this.tell({ id, job }, portsOf(job));
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort, { once: true });
    const done = result.finally(() => signal?.removeEventListener('abort', abort));
    return { result: done, whole: () => this.tell({ id, whole: true }) };
  }

  private tell(message: ToThread, transfer: readonly MessagePort[] = []): void {
    if (!this.hasEnded) this.worker.postMessage(message, transfer);
  }

  private hear(message: FromThread): void {
    const waiting = this.waiting.get(message.id);
    if ('doneBytes' in message) {
      waiting?.onProgress?.(message.doneBytes);
      return;
    }
    this.waiting.delete(message.id);
    if (this.waiting.size === 0) this.worker.unref();
    if ('result' in message) waiting?.resolve(message.result);
    else if ('error' in message) waiting?.reject(DrError.fromReply(message.error));
    else waiting?.reject(Object.assign(new Error(message.systemError.message), { code: message.systemError.code }));
  }

  private end(cause: unknown): void {
    this.hasEnded = true;
    const error = new DrError('INTERNAL', 'a thread that seals has ended', { retryable: true, cause });
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}

function portsOf(job: Job): MessagePort[] {
  const ends = [job.kind === 'open' ? job.source : undefined, job.sink];
  return ends.flatMap((end) => (end !== undefined && 'port' in end ? [end.port] : []));
}

/** The threads of this process. */
export const sealingThreads = new ThreadPool(2);
