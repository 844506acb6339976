import 'reflect-metadata';
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { exitCodeOf, exitCodes, failureText } from '@novacron/service';
import { type GuardSettings, readSettings, usage } from './arguments.js';
import type { FromKeeper } from './keeper.js';
import { Permit, uptimeMs } from './permit.js';
import { watchServer } from './watch-server.js';

const keeperProgram = join(import.meta.dirname, 'keeper.js');
const againAfterMs = 500;
/** What is wrong with the configuration is not right again in a moment. */
const misconfiguredAgainAfterMs = 5_000;

/**
 * Two processes, of which each sees to it that the server is closed where the other does not: this one only counts the time, and
 * talks to nobody but the one that keeps the lease. That one may hang or be killed; it is started again, and the time goes on.
 */
function guard({ dataDir, ttlMs, marginMs }: GuardSettings): void {
  // A failover that counts on a guard before this one waits for longer than the first permit lasts.
  const permit = new Permit(ttlMs - marginMs, uptimeMs() + ttlMs);
  const say = (message: string): void => void process.stderr.write(`write-guard: ${message}\n`);
  let keeper: ChildProcess | undefined;
  let leaving = false;

  const start = (): void => {
    // One that is started again has what is left and no more: else each of its deaths would be time without the bus's word.
    const words = [
      ...process.argv.slice(2),
      '--permit-until',
      String(permit.endsAtMs),
      ...(leaving ? ['--leaving'] : []),
    ];
    keeper = fork(keeperProgram, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    keeper.on('message', (message: FromKeeper) => {
      if ('left' in message) process.exit(0);
      permit.until(message.permitEndsAtMs);
    });
    keeper.once('exit', (code, signal) => {
      // Not left alone, whatever the reason: the lease may be held still, and a failover count on this guard.
      if (!leaving) say(`the process that keeps the lease ended (${signal ?? code}): it is started again`);
      setTimeout(start, code === exitCodes.misconfigured ? misconfiguredAgainAfterMs : againAfterMs);
    });
  };

  watchServer({ permit, dataDir, marginMs, say });
  start();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (leaving) return;
      leaving = true;
      say('the lease is given up: from then on the server goes on unguarded');
      keeper?.kill('SIGKILL');
    });
}

try {
  const settings = await readSettings(process.argv.slice(2));
  if (settings === undefined) process.stdout.write(usage);
  else guard(settings);
} catch (error) {
  process.stderr.write(failureText('write-guard', DrError.from(error)));
  process.exitCode = exitCodeOf(DrError.from(error));
}
