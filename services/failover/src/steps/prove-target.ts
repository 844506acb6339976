import { DrError, type ProblemDetail } from '@novacron/contracts';
import { type BranchPoint, descent, routedDatabases } from '@novacron/drivers';
import type { Step, StepContext } from '@novacron/operations';
import { type DatabaseTarget, type FailoverTargets, memberOn } from '../adapters/failover-targets.js';
import { assertAlone, frontDoors, primarySites, readThrough } from '../adapters/outside-look.js';
import type { ReplicationMemory } from '../adapters/replication-memory.js';
import { assertPassed, runSmokeTests, type SmokeOutcome } from '../adapters/smoke-tests.js';
import type { Lineage } from '../domain/replication/lineage.js';
import { branchProblem, type HandoverToken, handoverLsn } from '../domain/handover-token.js';
import { type Reached, reachedPosition } from '../domain/validation/reached-position.js';
import { type BeatsSeen, seenBeats } from '../domain/validation/seen-beats.js';
import { smokeBudgetMs, smokePlan, smokeWords } from '../domain/validation/smoke-plan.js';
import { touched } from '../domain/validation/untouched.js';
import type { FailoverParams } from './failover-params.js';
import { type PromotedDatabase, resultOf, smokeSite, type StepResults, targetOf } from './results.js';
import { keepRoute } from './switch-route.js';

/** What one database of the new primary was seen to have. */
interface ProvenDatabase {
  readonly position?: Reached;
  readonly heartbeats: BeatsSeen;
}

interface Proof {
  readonly databases: Readonly<Record<string, ProvenDatabase>>;
  /** Every site whose database has left recovery, as far as they answer. */
  readonly primaries: readonly string[];
  /** In a planned move, where everything was switched before: what customers reach. */
  readonly readsThrough: readonly string[];
  readonly httpStatus: readonly number[];
  readonly smokeTests: readonly SmokeOutcome[];
}

const callTimeoutMs = 2_000;
/** Customers wait: a dead host is asked again in `validate`, with more patience. */
const quickLookMs = 250;
/** Nobody is served as long as this waits; what is not there by then goes back to where it worked. */
const answerTimeoutMs = 5_000;

/**
 * The new primary is closed to writes still, so whatever is wrong with it can be undone without losing anybody's write: it must
 * have everything that was read when it was chosen and every heartbeat that was seen committed, hold our epoch, and
 * be alone beside the fenced one. A
 * planned move has switched routes, names and applications by now and looks through them too; an unplanned one does not let
 * customers wait for those.
 */
export function proveTarget(
  targets: FailoverTargets,
  memory: ReplicationMemory,
): Step<FailoverParams, undefined, Proof> {
  return {
    name: 'prove-target',
    title: 'see that the new primary has everything, before the first write',
    timeoutMs: 20_000 + smokeBudgetMs(targets.estate.failover.smokeTests),
    attempts: 2,
    describe: ({ to, mode }) => [
      `nothing; reads positions and heartbeats of ${to ?? 'the chosen standby'}`,
      ...smokeWords(smokePlan(targets.estate.failover.smokeTests ?? [], mode).before),
    ],
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { params } = context;
      const { before } = smokePlan(targets.estate.failover.smokeTests ?? [], params.mode);
      const to = targetOf(context);
      const [databases, others, smokeTests, outside] = await Promise.all([
        Promise.all(targets.databases.map((database) => prove(database, context, memory))),
        // One that is fenced may still call itself a primary; it is switched off next, and looked for in `validate`.
        primarySites(targets, quickLookMs, params.mode === 'planned' ? [to] : [to, params.from]),
        runSmokeTests(targets, before, smokeSite(context), context.signal),
        params.mode === 'planned' ? lookThrough(targets, context) : { readsThrough: [], httpStatus: [] },
      ]);
      const primaries = [...others, ...(databases.some(({ isPrimary }) => isPrimary) ? [to] : [])];
      assertAlone(primaries, to);
      const problems = databases.flatMap(({ problems: found }) => found);
      if (problems.length > 0) {
        const [first] = problems;
        throw new DrError('VERIFY_FAILED', `${to} must not take writes: it ${first?.problem}`, {
          hint: 'nothing was written to it: look at query.failover.status, then move to another site',
          details: problems,
          retryable: false,
        });
      }
      assertPassed(smokeTests, 'nothing was written: mend what it tests, then move again');
      const proven = databases.map(({ name, proof }) => [name, proof] as const);
      return { databases: Object.fromEntries(proven), primaries, smokeTests, ...outside };
    },
    verify: () => Promise.resolve(),
  };
}

async function prove(database: DatabaseTarget, context: StepContext<FailoverParams>, memory: ReplicationMemory) {
  const { name } = database.settings;
  const { signal, operationId, params } = context;
  const member = memberOn(database, targetOf(context));
  const call = { signal, timeoutMs: callTimeoutMs };
  const { epoch } = resultOf(context, 'advance-epoch');
  const lineage = params.lineage?.[name];
  const [closed, { found, isPrimary }, history, remembered] = await Promise.all([
    member.closedState(call),
    // One after the other, over one connection: customers wait, and a login costs more than both.
    member.readHeartbeat(call).then(async (beats) => {
      return { found: beats, isPrimary: !(await member.status(call)).inRecovery };
    }),
    lineage === undefined ? [] : member.timelineHistory(call),
    // What is not remembered proves nothing, and is no reason to stop either.
    memory.read(name).then(
      ({ value }) => value,
      () => undefined,
    ),
  ]);
  const isOurs = remembered?.epoch === params.epoch && remembered.site === params.from;
  const heartbeats = seenBeats(isOurs ? remembered.heartbeat?.seq : undefined, found?.seq, keepsAll(context));
  const token = tokenOf(context, name);
  const chosenAt = token === undefined ? chosenPosition(context, name) : handedOver(token);
  const promoted = resultOf(context, 'promote');
  const { switchLsn, previousTimeline }: PromotedDatabase = promoted.databases?.[name] ?? promoted;
  const position = switchLsn === '' ? undefined : reachedPosition(switchLsn, chosenAt);
  const problems: ProblemDetail[] = [
    // A reader that asks for a transaction's number gets one too: what was counted forbids going back, not going on.
    touched({ ...closed, writesSinceEpoch: 0 }, { epoch, operationId }),
    position?.problem,
    forkOf(lineage, history),
    heartbeats.problem,
    token === undefined ? undefined : branchProblem(token, previousTimeline),
  ].flatMap((problem) => (problem === undefined ? [] : [{ path: name, problem }]));
  return { name, isPrimary, proof: { heartbeats, ...(position === undefined ? {} : { position }) }, problems };
}

/** Known exactly only now: where the new timeline left the ones before it is written down. */
function forkOf(lineage: Lineage | undefined, history: readonly BranchPoint[]): string | undefined {
  const left = history.at(-1);
  if (lineage === undefined || left === undefined) return undefined;
  const { timeline, switchLsn: position } = left;
  return descent(lineage, { timeline, position, history: history.slice(0, -1) }).fork;
}

/** A planned move hands over everything; another may have been allowed to lose something. */
function keepsAll(context: StepContext<FailoverParams>): boolean {
  return context.params.mode === 'planned' || resultOf(context, 'choose-standby').keepsAcknowledgedCommits;
}

function tokenOf({ params, ...context }: StepContext<FailoverParams>, database: string): HandoverToken | undefined {
  if (params.mode !== 'planned') return undefined;
  return resultOf({ params, ...context }, 'stop-old').tokens.find((token) => token.database === database);
}

function handedOver(token: HandoverToken): Reached['chosenAt'] {
  return { position: handoverLsn(token), replayed: handoverLsn(token) };
}

function chosenPosition(context: StepContext<FailoverParams>, database: string): Reached['chosenAt'] {
  const { position, positions, replayed }: StepResults['choose-standby'] = resultOf(context, 'choose-standby');
  const reached = replayed?.[database];
  return { position: positions?.[database] ?? position, ...(reached === undefined ? {} : { replayed: reached }) };
}

async function lookThrough(targets: FailoverTargets, context: StepContext<FailoverParams>) {
  const { epoch } = resultOf(context, 'advance-epoch');
  const { signal } = context;
  await keepRoute(targets, context);
  const [readsThrough, httpStatus] = await Promise.all([
    Promise.all(
      routedDatabases(targets.balancers, targets.databases).map(({ member }) => readThrough(member, epoch, signal)),
    ),
    frontDoors(targets.balancers, { timeoutMs: answerTimeoutMs, signal }),
  ]);
  return { readsThrough, httpStatus };
}
