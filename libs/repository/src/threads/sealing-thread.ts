/** The program of a thread that seals and opens: it takes jobs, several at once, and says of each how it ended. */
import { parentPort } from 'node:worker_threads';
import { DrError } from '@novacron/contracts/threads';
import type { FromThread, JobControl, ToThread } from './jobs.js';
import { runJob } from './run-job.js';

const tellEveryMs = 200;
const running = new Map<number, JobControl>();
const say = (message: FromThread): void => parentPort?.postMessage(message);

parentPort?.on('message', (message: ToThread) => {
  const { id } = message;
  const control = running.get(id);
  if ('job' in message) void run(id, message);
  else if (control !== undefined && 'whole' in message) control.whole = true;
  else if (control !== undefined) control.aborted = true;
});

async function run(id: number, { job }: Extract<ToThread, { job: unknown }>): Promise<void> {
  const control = { whole: job.kind === 'open' || !job.source.growing, aborted: false };
  running.set(id, control);
  let toldMs = performance.now();
  try {
    const result = await runJob(job, control, (doneBytes) => {
      if (performance.now() - toldMs < tellEveryMs) return;
      toldMs = performance.now();
      say({ id, doneBytes });
    });
    say({ id, result });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!DrError.is(error) && code !== undefined) say({ id, systemError: { code, message } });
    else say({ id, error: DrError.from(error).toReply() });
  } finally {
    running.delete(id);
  }
}
