import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { runCommand } from '@novacron/drivers';
import { programsFileFrom, readPrograms } from './programs.js';

const usual = /^ {2}interval: 1s\n {2}timeout: 800ms\n {2}fastInterval: 400ms\n {2}slowAfter: 500ms\n/mu;
const longestSeconds = 60;
/** For a machine that is too slow for the usual second. */
const slowSeconds = 3;
/** Ordinary machines take about 5 ms; one that needs five times that has no time left for what is looked at. */
const slowStartMs = 25;
const starts = 5;

/** How often a lab's vantages look. */
export interface ProbePace {
  readonly seconds: number;
  /** What the lab's user is told where it is not the usual second. */
  readonly notice?: string;
  /** Makes the estate say so; throws INVALID_CONFIG where it has another pace than the lab's own. */
  readonly estate: (text: string) => string;
}

/**
 * Every so many seconds as `DR_LAB_PROBE_SECONDS` says. Unless it does: each second, but every three on a machine on which
 * programs are slow to start, as a login to PostgreSQL starts one and a look each second, at everything and by all vantages,
 * would leave too little time for what is looked at. Throws INVALID_CONFIG.
 */
export async function probePaceFrom(
  env: NodeJS.ProcessEnv,
  startMs: () => Promise<number> = () => fastestStartMs(env),
): Promise<ProbePace> {
  const text = env.DR_LAB_PROBE_SECONDS;
  if (text !== undefined && text !== '') return told(text);
  const tookMs = await startMs();
  if (tookMs <= slowStartMs) return pace(1);
  const why = `PostgreSQL’s program takes ${Math.round(tookMs)} ms to start here (${slowStartMs} at most for a look each second)`;
  return {
    ...pace(slowSeconds),
    notice: `vantages look every ${slowSeconds} s: ${why}; DR_LAB_PROBE_SECONDS=1 changes it`,
  };
}

function told(text: string): ProbePace {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= longestSeconds) return pace(seconds);
  throw new DrError('INVALID_CONFIG', `DR_LAB_PROBE_SECONDS is ${JSON.stringify(text)}`, {
    hint: `give whole seconds from 1 to ${longestSeconds}, such as DR_LAB_PROBE_SECONDS=3`,
  });
}

function pace(seconds: number): ProbePace {
  if (seconds === 1) return { seconds, estate: (text) => text };
  const [timeoutMs, fastMs, slowMs] = [800, 400, 500].map((ms) => ms * seconds);
  const slower = `  interval: ${seconds}s\n  timeout: ${timeoutMs}ms\n  fastInterval: ${fastMs}ms\n  slowAfter: ${slowMs}ms\n`;
  return {
    seconds,
    estate: (text) => {
      if (!usual.test(text)) throw new DrError('INVALID_CONFIG', 'the lab’s estate has another pace of probes');
      return text.replace(usual, slower);
    },
  };
}

/** The fastest of a few, as any of them may have met a busy moment. Throws PROGRAM_MISSING. */
async function fastestStartMs(env: NodeJS.ProcessEnv): Promise<number> {
  const { postgresBin } = await readPrograms(programsFileFrom(env));
  const times: number[] = [];
  for (let n = 0; n < starts; n += 1) {
    const startedAt = performance.now();
    await runCommand({ program: join(postgresBin, 'postgres'), args: ['--version'], timeoutMs: 10_000 });
    times.push(performance.now() - startedAt);
  }
  return Math.min(...times);
}
