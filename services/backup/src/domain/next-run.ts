import { DrError, durationMs, type Schedule } from '@novacron/contracts';
import { Cron } from 'croner';

/**
 * When a schedule is due next after a moment. Cron expressions are in UTC; `every` counts from 1970, so that every process
 * finds the same times.
 * @throws DrError INVALID_ESTATE for a schedule that has neither, or a cron expression that is none.
 */
export function nextRun({ name, cron, every }: Pick<Schedule, 'name' | 'cron' | 'every'>, after: Date): Date {
  if (every !== undefined) {
    const stepMs = durationMs(every);
    return new Date((Math.floor(after.getTime() / stepMs) + 1) * stepMs);
  }
  const wrong = (problem: string, cause?: unknown): DrError =>
    new DrError('INVALID_ESTATE', `backup schedule ${name}: ${problem}`, {
      hint: 'give it a cron expression such as 0 2 * * *, or every: 6h',
      cause,
    });
  if (cron === undefined) throw wrong('has neither cron nor every');
  const next = nextOf(cron, after, wrong);
  if (next === null) throw wrong(`${cron} never comes`);
  return next;
}

function nextOf(cron: string, after: Date, wrong: (problem: string, cause: unknown) => DrError): Date | null {
  try {
    return new Cron(cron, { timezone: 'UTC', paused: true }).nextRun(after);
  } catch (error) {
    throw wrong(`${cron} is not a cron expression`, error);
  }
}
