import { DrError, type ProblemDetail } from '@novacron/contracts';
import { descent, lsnDiffBytes, type PostgresMember, type StatusWithLine } from '@novacron/drivers';
import type { Step, StepContext } from '@novacron/operations';
import { bringBack } from '../adapters/bring-back.js';
import type { DatabaseTarget, FailoverTargets } from '../adapters/failover-targets.js';
import { handoverKey } from '../adapters/handover-key.js';
import type { ReplicationMemory } from '../adapters/replication-memory.js';
import { type Fitness, lookAtTarget } from '../adapters/target-fitness.js';
import type { Reference } from '../domain/fitness/shortfalls.js';
import { listWords } from '../domain/words.js';
import type { FailoverParams } from './failover-params.js';

/** More than this behind, and the hand-over would keep customers waiting for it. */
const maxLagBytes = 16n * 1024n * 1024n;
/** Customers wait for an unplanned failover: a standby that needs longer is not looked at. */
const quickTimeoutMs = 1_000;

/** By site, then by database: capacity, room, disk, version, replay and clock, and what is short of policy. */
type Prepared = Readonly<Record<string, Readonly<Record<string, Fitness>>>>;

/**
 * Looks at whoever may take over before anything is touched: connections, room for standbys of its own, free disk, version, what is
 * still to be replayed, clock. A planned move is refused when the target is short of anything, or does not stream and keep up. An
 * unplanned failover records it, and where policy asks a human about it, does not go on without one. Undone, which comes last,
 * a server whose promotion was taken back becomes a standby again; nobody waits for that.
 */
export function prepareTarget(
  targets: FailoverTargets,
  memory: ReplicationMemory,
): Step<FailoverParams, Prepared, { readonly sites: Prepared }> {
  return {
    name: 'prepare-target',
    title: 'see what the target has: capacity, disk, version, lag, clock',
    timeoutMs: 300_000,
    attempts: 3,
    describe: ({ to }) => [`nothing; looks at ${to ?? 'every standby that may take over'}`],
    // Before the first change of its group, which does not begin when this throws.
    capture: (context) =>
      context.params.mode === 'planned' ? planned(targets, context) : unplanned(targets, memory, context),
    probe: () => Promise.resolve(undefined),
    run: (_context, captured) => Promise.resolve({ sites: captured }),
    verify: () => Promise.resolve(),
    undo: async ({ params, results, signal, logger }) => {
      const chosen = results.get('choose-standby') as { readonly site: string } | undefined;
      const site = params.to ?? chosen?.site;
      if (site === undefined) return;
      for (const database of targets.databases) {
        const about = { database: database.settings.name, site };
        try {
          const outcome = await bringBack(targets, database, { from: params.from, site, signal });
          logger.info('a promotion was taken back', { ...about, outcome });
        } catch (error) {
          signal.throwIfAborted();
          const reason = DrError.from(error).message;
          logger.warn('a server whose promotion was taken back is no standby', { ...about, reason });
        }
      }
    },
  };
}

async function planned(targets: FailoverTargets, { params, signal }: StepContext<FailoverParams>): Promise<Prepared> {
  const { from, to = '' } = params;
  await handoverKey(targets);
  const looks = await Promise.all(
    targets.databases.map(async ({ settings, members }) => {
      const [old, target] = [members.get(from), members.get(to)];
      if (old === undefined || target === undefined)
        return { name: settings.name, problems: [`has no member on ${to}`] };
      const [before, now, primary] = await Promise.all([
        old.statusWithLine({ signal }),
        target.statusWithLine({ signal }),
        readPrimary(old, signal),
      ]);
      const reference = { ...primary, standbys: standbysBeside(settings.members, to) };
      const fitness = await lookAtTarget(target, targets.estate.failover.target, reference, { signal });
      const short = fitness.short.map((each) => `${to} ${each}`);
      return { name: settings.name, fitness, problems: [...handoverProblems(params, before, now), ...short] };
    }),
  );
  const problems: ProblemDetail[] = looks.flatMap(({ name, problems: found }) =>
    found.map((problem) => ({ path: name, problem })),
  );
  if (problems.length > 0) {
    throw new DrError('PRECONDITION_FAILED', `${to} cannot take over without loss now: ${problems[0]?.problem}`, {
      hint: 'nothing was touched: mend it, or change what failover.target in the estate file asks for',
      details: problems,
      retryable: true,
    });
  }
  return {
    [to]: Object.fromEntries(looks.flatMap(({ name, fitness }) => (fitness ? [[name, fitness] as const] : []))),
  };
}

function handoverProblems(
  { from, to = '' }: FailoverParams,
  { status: oldStatus, line: oldLine }: StatusWithLine,
  { status, line }: StatusWithLine,
): string[] {
  const problems: string[] = [];
  if (oldStatus.inRecovery) problems.push(`${from} is not the primary`);
  if (!status.inRecovery) problems.push(`${to} is not a standby`);
  if (status.systemIdentifier !== oldStatus.systemIdentifier) problems.push(`${to} is of another system`);
  const { fork } = descent(oldLine, line);
  if (fork !== undefined) problems.push(`${to} ${fork}`);
  if (status.walReceiverStatus !== 'streaming') problems.push(`${to} does not stream`);
  if (status.replayPaused) problems.push(`replay is paused on ${to}`);
  const lag = lsnDiffBytes(oldStatus.currentLsn ?? '0/0', status.replayLsn ?? '0/0');
  if (lag > maxLagBytes) problems.push(`${to} is ${lag} bytes behind, more than ${maxLagBytes}`);
  return problems;
}

/** Of each site that may be promoted and answers; a look that fails is told nowhere, since the choice asks again. */
async function unplanned(
  targets: FailoverTargets,
  memory: ReplicationMemory,
  { params, signal }: StepContext<FailoverParams>,
): Promise<Prepared> {
  const found: Record<string, Record<string, Fitness>> = {};
  await Promise.all(
    targets.databases.map(async ({ settings, members }) => {
      const reference = await remembered(memory, settings.name, params);
      const candidates = [...members.values()].filter(({ name }) => mayTakeOver(name, params));
      await Promise.all(
        candidates.map(async (member) => {
          const standbys = standbysBeside(settings.members, member.name) - 1;
          const call = { signal, timeoutMs: quickTimeoutMs };
          const asked = lookAtTarget(member, targets.estate.failover.target, { ...reference, standbys }, call);
          const fitness = await asked.catch(() => undefined);
          if (fitness !== undefined) (found[member.name] ??= {})[settings.name] = fitness;
        }),
      );
    }),
  );
  assertAgreed(targets, params, found);
  return found;
}

/** What is short was agreed to by whoever started it by hand, or was asked; otherwise it is news since the verdict. */
function assertAgreed({ estate }: FailoverTargets, params: FailoverParams, found: Prepared): void {
  const { verdict, approval, to } = params;
  if (estate.failover.target?.whenShort !== 'ask' || verdict === undefined || approval !== undefined) return;
  const site = to ?? verdict.targetSite ?? '';
  const short = Object.values(found[site] ?? {}).flatMap((fitness) => fitness.short);
  if (short.length === 0) return;
  throw new DrError('PRECONDITION_FAILED', `${site} ${listWords(short)}: policy asks a human about that`, {
    hint: 'nothing was touched: it is asked about next, or start it by hand with command.failover.start',
    retryable: false,
  });
}

function mayTakeOver(site: string, { from, to, acceptableTargets }: FailoverParams): boolean {
  if (site === from) return false;
  return to === undefined ? (acceptableTargets?.includes(site) ?? true) : site === to;
}

function standbysBeside(members: DatabaseTarget['settings']['members'], site: string): number {
  return members.filter((member) => member.site !== site).length;
}

async function readPrimary(member: PostgresMember, signal: AbortSignal): Promise<Omit<Reference, 'standbys'>> {
  const sql = `select current_setting('max_connections')::int as connections, current_setting('server_version_num')::int as version`;
  const [row] = await member.query<{ connections: number; version: number }>(sql, [], { signal });
  return row === undefined ? {} : { maxConnections: row.connections, version: row.version };
}

/** Without the bus nothing is remembered, and nothing can be held against it. */
async function remembered(memory: ReplicationMemory, database: string, { epoch, from }: FailoverParams) {
  const { value } = await memory.read(database).catch(() => ({ value: undefined }));
  return value?.epoch === epoch && value.site === from ? value.server : undefined;
}
