import type { Logger } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import { type PostgresMember, pollUntil, type ReplicationSource } from '@novacron/drivers';
import type { RejoinMethod } from '../domain/rejoin.js';
import { endLeftovers, rejoins } from './leftover-programs.js';
import type { RejoinMark } from './rejoin-marker.js';

export interface RejoinOptions {
  readonly home: PostgresMember;
  readonly active: PostgresMember;
  readonly source: ReplicationSource;
  readonly replicationPassword: string;
  /** What the data look worth; a rewind that is refused becomes a rebuild. */
  readonly advice: Exclude<RejoinMethod, 'none'>;
  readonly mark: {
    read(): Promise<RejoinMark | undefined>;
    write(mark: RejoinMark): Promise<void>;
  };
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** How long a standby may stand still before it counts as one that will never stream. */
  readonly stallMs?: number;
}

export interface Rejoined {
  readonly method: Exclude<RejoinMethod, 'none'>;
  /** Why not by a rewind, where one was to be. */
  readonly note?: string;
}

const defaultStallMs = 60_000;

/**
 * Makes a stopped former primary a standby that streams from the active one. A rewind is begun once: it is quick, and whatever
 * stops it (WAL that is gone, settings, a crash halfway) leaves the whole copy, which always works. An active one that does not
 * answer stops nothing: until a rewind has begun it can be tried again, and the data at home are not given up for it.
 */
export async function rejoinDatabase(options: RejoinOptions): Promise<Rejoined> {
  const { mark, advice, logger, home, signal } = options;
  const before = await mark.read();
  // Killed with a program of ours at work, we left it behind.
  await endLeftovers(home.options.dataDir ?? '', rejoins, signal);
  if (before === 'rewind' || before === 'rebuild') {
    if (await startedAndStreams(options)) return { method: before };
    await home.stopFast(20_000, signal);
  }
  let note = before === undefined ? undefined : 'an earlier attempt was cut short';
  if (advice === 'rewind' && before === undefined) {
    note = await rewound(options);
    if (note === undefined && (await startedAndStreams(options))) return { method: 'rewind' };
    note ??= 'it did not stream after the rewind';
    logger.warn('no rewind, the data are copied anew', { site: home.name, reason: note });
    await home.stopFast(20_000, signal);
  }
  await rebuild(options);
  if (await startedAndStreams(options)) return { method: 'rebuild', ...(note === undefined ? {} : { note }) };
  throw new DrError('VERIFY_FAILED', `${home.name} does not stream from ${options.active.name} after a rebuild`, {
    hint: `look at the server's log on ${home.name}`,
  });
}

/**
 * Undefined when it is wound back, else why it is not.
 * @throws DrError what is no verdict on the data, which are as they were: the source does not answer.
 */
async function rewound({ home, active, source, mark, signal }: RejoinOptions): Promise<string | undefined> {
  let isTouched = false;
  const beforeChange = async (): Promise<void> => {
    await mark.write('touched');
    isTouched = true;
  };
  try {
    await home.rewindFrom({ access: active.options, replication: source }, { signal, beforeChange });
    await mark.write('rewind');
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    const failure = DrError.from(error);
    if (failure.retryable && !isTouched) throw failure;
    return [failure.message, ...failure.details.map(({ problem }) => problem)].join(': ').slice(0, 1_000);
  }
}

async function rebuild({ home, active, source, replicationPassword, mark, signal }: RejoinOptions): Promise<void> {
  await mark.write('touched');
  const from = { access: active.options, replication: source, password: replicationPassword };
  await home.rebuildFrom(from, { signal });
  await mark.write('rebuild');
}

/** Starts it and waits for as long as it gets on; false when it stands still and does not stream. */
async function startedAndStreams({ home, source, signal, stallMs = defaultStallMs }: RejoinOptions): Promise<boolean> {
  const control = home.options.control;
  if (control === undefined)
    throw new DrError('PRECONDITION_FAILED', `the estate does not say how ${home.name} is started`);
  try {
    await control.start(signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(await control.isRunning(signal))) return startFailed(error);
  }
  let seen = '';
  let movedAt = performance.now();
  return pollUntil<boolean>(
    `streaming of ${home.name}`,
    async () => {
      const status = await home.status({ signal, timeoutMs: 2_000 }).catch(() => undefined);
      const from = status?.receivesFrom;
      if (status?.walReceiverStatus === 'streaming' && from?.host === source.host && from.port === source.port)
        return true;
      const position = status?.replayLsn ?? '';
      if (position !== seen) movedAt = performance.now();
      seen = position;
      if (performance.now() - movedAt < stallMs) return undefined;
      return false;
    },
    { timeoutMs: 24 * 3_600_000, signal, everyMs: 50 },
  );
}

/** A server that ends while it starts has data it cannot use; anything else is no verdict on its data. */
function startFailed(error: unknown): false {
  if (DrError.from(error).code === 'COMMAND_FAILED') return false;
  throw error;
}
