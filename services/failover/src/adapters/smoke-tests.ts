import { DrError, type SmokeTest } from '@novacron/contracts';
import { estateCommand, httpRequest, PostgresMember, runCommand } from '@novacron/drivers';
import { httpProblem, sqlProblem } from '../domain/validation/smoke-outcome.js';
import { smokeTimeoutMs } from '../domain/validation/smoke-plan.js';
import { type FailoverTargets, memberOn } from './failover-targets.js';

/** What a smoke test came to, as it stands in the event. */
export interface SmokeOutcome {
  readonly name: string;
  readonly passed: boolean;
  readonly durationMs: number;
  readonly problem?: string;
}

export interface SmokeSite {
  readonly site: string;
  readonly epoch: number;
  readonly operationId: string;
}

const againAfterMs = 100;
const leastTryMs = 200;

/** Tries all of them at once, each until it passes or its time is over. */
export async function runSmokeTests(
  targets: FailoverTargets,
  tests: readonly SmokeTest[],
  about: SmokeSite,
  signal: AbortSignal,
): Promise<SmokeOutcome[]> {
  return Promise.all(tests.map((test) => tryUntil(targets, test, about, signal)));
}

/** @throws DrError VERIFY_FAILED naming the tests that did not pass. */
export function assertPassed(outcomes: readonly SmokeOutcome[], hint: string): void {
  const failed = outcomes.filter(({ passed }) => !passed);
  const [first] = failed;
  if (first === undefined) return;
  throw new DrError('VERIFY_FAILED', `smoke test ${first.name} failed: it ${first.problem ?? 'did not pass'}`, {
    hint,
    details: failed.map(({ name, problem = '' }) => ({ path: `failover.smokeTests ${name}`, problem })),
    retryable: false,
  });
}

async function tryUntil(
  targets: FailoverTargets,
  test: SmokeTest,
  about: SmokeSite,
  signal: AbortSignal,
): Promise<SmokeOutcome> {
  const startedMs = performance.now();
  const timeoutMs = smokeTimeoutMs(test);
  let before: string | undefined;
  for (;;) {
    const leftMs = Math.max(1, Math.ceil(timeoutMs - (performance.now() - startedMs)));
    const problem = await tryOnce(targets, test, about, { signal, timeoutMs: leftMs });
    signal.throwIfAborted();
    const spent = { name: test.name, durationMs: Math.round(performance.now() - startedMs) };
    if (problem === undefined) return { ...spent, passed: true };
    // A try that has no time left would only hide why the others failed.
    if (spent.durationMs + againAfterMs + leastTryMs >= timeoutMs)
      return { ...spent, passed: false, problem: inAll(before, problem) };
    before = problem;
    await new Promise((resolve) => setTimeout(resolve, againAfterMs));
  }
}

/** The last try had what the others left of the time: what it says may only be that this was too little. */
function inAll(before: string | undefined, last: string): string {
  return before === undefined || before === last ? last : `${before}; at the last try it ${last}`;
}

interface Call {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Why it did not pass this time. */
async function tryOnce(
  targets: FailoverTargets,
  test: SmokeTest,
  about: SmokeSite,
  call: Call,
): Promise<string | undefined> {
  try {
    if (test.kind === 'sql') return await ask(targets, test, about, call);
    if (test.kind === 'http') {
      const answer = await httpRequest({ url: filled(test.url ?? '', about), ...call });
      return httpProblem(answer, test);
    }
    await run(targets, test, about, call);
    return undefined;
  } catch (error) {
    const { message, details } = DrError.from(error);
    return `could not be carried out: ${[message, ...details.map(({ problem }) => problem)].join(': ')}`.slice(0, 500);
  }
}

async function ask(
  targets: FailoverTargets,
  { of, sql = '', expectValue, writes }: SmokeTest,
  about: SmokeSite,
  call: Call,
): Promise<string | undefined> {
  const database = targets.databases.find(({ settings }) => settings.name === of);
  if (database === undefined) throw new DrError('NOT_FOUND', `the estate has no database ${of}`);
  const { options } = memberOn(database, about.site);
  const member =
    writes === true ? memberOn(database, about.site) : new PostgresMember({ ...options, readOnly: true, keepMs: 0 });
  return sqlProblem(await member.query(filled(sql, about), [], call), expectValue);
}

async function run(
  { context }: FailoverTargets,
  { command = [] }: SmokeTest,
  about: SmokeSite,
  call: Call,
): Promise<void> {
  const [program, ...args] = estateCommand(
    context,
    command.map((word) => filled(word, about)),
  );
  const { site, epoch, operationId } = about;
  const env = { DR_SITE: site, DR_EPOCH: String(epoch), DR_OPERATION: operationId };
  await runCommand({ program, args, cwd: context.folder, env, ...call });
}

function filled(text: string, { site }: SmokeSite): string {
  return text.replaceAll('{site}', site);
}
