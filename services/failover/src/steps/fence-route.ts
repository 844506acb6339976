import { setTimeout as sleep } from 'node:timers/promises';
import { DrError, type FailoverMode } from '@novacron/contracts';
import type { BackendServer, FollowingBackend, ServerSessions } from '@novacron/drivers';
import type { Step } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import { statesNow } from '../adapters/plan-looks.js';
import { backendsFor, restoreServers, seenOf, serversOf, silentIn } from '../adapters/routes.js';
import { routeWords } from '../domain/change-words.js';
import type { FailoverParams } from './failover-params.js';
import type { StepResults } from './results.js';

/** HAProxy ends sessions within milliseconds of being told; those whose customer has hung up, within its `timeout server-fin`. */
const sessionsTimeoutMs = 1_500;

/** How long, and how often, an instance that is silent when it is to be put back is told again. */
const againTimeoutMs = 2_000;
const againEveryMs = 250;

/**
 * L2: no load balancer sends anything to the old primary any more, and it was counted on each instance that none of its sessions is
 * left. In an unplanned move an instance that cannot be reached, or a session that does not end, is no reason to stop: it is
 * named, and the routes do not count as fenced. A planned move does not go on.
 */
export function fenceRoute(
  targets: FailoverTargets,
): Step<FailoverParams, BackendServer[], StepResults['fence-route']> {
  const ofSite = ({ from, mode }: FailoverParams, silent: readonly string[] = []) =>
    backendsFor(targets, mode, silent).flatMap((target) => {
      const server = target.serverOf.get(from);
      return server === undefined ? [] : [{ ...target, server }];
    });
  const isClosed = (seen: readonly BackendServer[], params: FailoverParams): boolean =>
    ofSite(params).every((target) =>
      seenOf(target, seen)
        .filter((entry) => entry.server === target.server)
        .every(({ state }) => state === 'maint'),
    );
  return {
    name: 'fence-route',
    title: 'take the old primary out of every load balancer',
    timeoutMs: 5_000,
    attempts: 3,
    describe: async ({ from }) => {
      const found = ofSite({ from, mode: 'planned' } as FailoverParams).map(
        async ({ balancer, backend, server, runtime }) =>
          (await statesNow(runtime, backend))
            .filter((entry) => entry.server === undefined || entry.server === server)
            .map(({ state }) => closingWords(balancer, backend, server, state)),
      );
      return [...new Set((await Promise.all(found)).flat())];
    },
    capture: ({ params }) => serversOf(targets, params.mode),
    probe: async ({ params }) => {
      const seen = await serversOf(targets, params.mode);
      const isAll = silentIn(targets, seen).length === 0;
      if (!isAll || !isClosed(seen, params) || (await sessionsOf(ofSite(params), params.mode)).length > 0)
        return undefined;
      return { backends: ofSite(params).length };
    },
    run: async ({ params, logger, signal }, captured) => {
      const silent = silentIn(targets, captured);
      if (silent.length > 0) logger.warn('a load balancer cannot be reached and is left out', { silent });
      const closing = captured.length === 0 ? [] : ofSite(params, silent);
      await Promise.all(closing.map(({ runtime, backend, server }) => runtime.setState(backend, server, 'maint')));
      const changes = closing.flatMap((target) =>
        seenOf(target, captured)
          .filter((entry) => entry.server === target.server)
          .map(({ state }) => closingWords(target.balancer, target.backend, target.server, state)),
      );
      const unheard = silent.length === 0 ? {} : { silent };
      const lingering = await endSessions(closing, params.mode, signal);
      if (lingering.length > 0) {
        if (params.mode === 'planned') throw stillConnected(params.from, lingering);
        logger.warn('sessions of the old primary did not end: has the backend a timeout server-fin?', { lingering });
      }
      const left = lingering.length === 0 ? {} : { lingering };
      const backends = lingering.length === 0 ? closing.length : 0;
      return { backends, changes: [...new Set(changes)], ...unheard, ...left };
    },
    verify: async ({ params }, { silent = [], lingering }) => {
      const heard = { backends: backendsFor(targets, params.mode, silent) };
      const [seen, sessions] = await Promise.all([
        serversOf(heard, params.mode),
        lingering === undefined ? sessionsOf(ofSite(params, silent), params.mode) : [],
      ]);
      if (!isClosed(seen, params)) throw new DrError('VERIFY_FAILED', `${params.from} is still routed to`);
      if (sessions.length > 0) throw stillConnected(params.from, sessions);
    },
    undo: async ({ params, signal, logger }, captured) => {
      await restoreServers(targets, captured, params.mode);
      const left = await untilPutBack(targets, captured, params.mode, signal);
      if (left.length > 0) logger.warn(`load balancers do not send to ${params.from} again`, { left });
    },
  };
}

/** Instances that do not answer are told again for a while, after the others; returns those that are not as they were. */
async function untilPutBack(
  targets: FailoverTargets,
  captured: readonly BackendServer[],
  mode: FailoverMode,
  signal: AbortSignal,
): Promise<string[]> {
  for (const deadlineMs = performance.now() + againTimeoutMs; ;) {
    const seen = await serversOf(targets, mode);
    const left = new Set(captured.filter((entry) => !isAsBefore(entry, seen)).map(({ endpoint }) => endpoint));
    if (left.size === 0 || performance.now() > deadlineMs) return [...left];
    await sleep(againEveryMs, undefined, { signal });
    const again = captured.filter(({ endpoint }) => left.has(endpoint));
    await restoreServers(targets, again, mode).catch(() => undefined);
  }
}

function isAsBefore({ endpoint, backend, server, state }: BackendServer, seen: readonly BackendServer[]): boolean {
  return seen.some(
    (now) => now.endpoint === endpoint && now.backend === backend && now.server === server && now.state === state,
  );
}

interface Closing extends FollowingBackend {
  readonly server: string;
}

/** The sessions that are left, in words; empty: it was counted that none is. */
function sessionsOf(closing: readonly Closing[], mode: FailoverMode): Promise<string[]> {
  return counted(closing, mode, async ({ runtime, backend, server }) =>
    (await runtime.sessions(backend)).filter((each) => each.server === server && each.sessions > 0),
  );
}

function endSessions(closing: readonly Closing[], mode: FailoverMode, signal: AbortSignal): Promise<string[]> {
  const call = { timeoutMs: sessionsTimeoutMs, signal };
  return counted(closing, mode, ({ runtime, backend, server }) => runtime.endSessions(backend, server, call));
}

/** In an unplanned move what cannot be counted is taken for sessions that are left: it costs the level, not the failover. */
async function counted(
  closing: readonly Closing[],
  mode: FailoverMode,
  count: (each: Closing) => Promise<ServerSessions[]>,
): Promise<string[]> {
  const left = closing.map(async (each) => {
    try {
      return (await count(each)).map(sessionWords);
    } catch (error) {
      if (mode === 'planned') throw error;
      const { balancer, backend, server } = each;
      return [`${balancer} ${backend}/${server}: sessions cannot be counted: ${DrError.from(error).message}`];
    }
  });
  return (await Promise.all(left)).flat();
}

function sessionWords({ endpoint, backend, server, sessions }: ServerSessions): string {
  return `${endpoint} ${backend}/${server}: ${sessions} session${sessions === 1 ? '' : 's'}`;
}

function stillConnected(site: string, sessions: readonly string[]): DrError {
  return new DrError('VERIFY_FAILED', `customers are still connected to ${site}: ${sessions[0]}`, {
    hint: 'end them on that instance of HAProxy: shutdown sessions server BACKEND/SERVER; it leaves those whose customer hung up while the server hangs, unless its backend has timeout server-fin',
    details: sessions.map((problem) => ({ path: site, problem })),
  });
}

function closingWords(balancer: string, backend: string, server: string, state: string): string {
  return `${routeWords(balancer, backend, server, state, 'maint')}, its sessions ended`;
}
