import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bus, Epochs, silentLogger } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import { exitCodeOf, failureText } from '@novacron/service';
import { StateStore } from '../../adapters/state-store.js';
import { type GuardSettings, readSettings } from './arguments.js';
import { LeaseKeeper } from './keep-lease.js';
import { Permit, uptimeMs } from './permit.js';
import { closeServer, serverMode } from './server.js';
import { watchServer } from './watch-server.js';

/** A revocation is heard of within this. */
const mostBetweenTurnsMs = 1_000;
const connectTimeoutMs = 60_000;

/** What this process tells the one that watches it. */
export type FromKeeper = { readonly permitEndsAtMs: number } | { readonly left: true };

const say = (message: string): void => void process.stderr.write(`write-guard: ${message}\n`);
const tell = (message: FromKeeper): void => void (process.connected && process.send?.(message));

async function openKeeper(settings: GuardSettings): Promise<{ readonly bus: Bus; readonly keeper: LeaseKeeper }> {
  const { estate, dataDir, marginMs } = settings;
  const options: unknown = JSON.parse(process.env['DR_NATS_OPTIONS'] ?? '{}');
  const bus = await Bus.connect({
    url: process.env['DR_NATS_URL'] ?? 'nats://127.0.0.1:4222',
    options: { timeout: Math.min(5_000, settings.ttlMs / 3), ...(options as object) },
    service: 'start-guard',
    instance: String(process.pid),
    estate: estate.estate,
    logger: silentLogger,
    connectTimeoutMs,
  });
  const keeper = new LeaseKeeper({
    ...settings,
    epochs: await Epochs.open(bus.connection, estate.estate),
    store: new StateStore(bus),
    mode: () => serverMode(dataDir),
    close: () => closeServer(dataDir, marginMs),
    clock: uptimeMs,
  });
  return { bus, keeper };
}

/** Gives the lease up, and says so once the bus has confirmed it. */
async function leave(settings: GuardSettings): Promise<void> {
  const { keeper } = await openKeeper(settings);
  while (!(await keeper.leave())) await sleep(50);
  tell({ left: true });
}

/** Renews the lease turn by turn, and passes on until when the server may take writes. */
async function keep(settings: GuardSettings): Promise<void> {
  const { ttlMs, marginMs, dataDir, permitUntilMs } = settings;
  const permit = new Permit(ttlMs - marginMs, permitUntilMs);
  watchServer({ permit, dataDir, marginMs, say });
  const everyMs = Math.min(mostBetweenTurnsMs, (ttlMs - marginMs) / 5);
  let opened: Promise<{ readonly keeper: LeaseKeeper }> | undefined;
  let said = '';
  for (;;) {
    const beganMs = performance.now();
    let news: string;
    try {
      opened ??= openKeeper(settings).catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      const { keeper } = await Promise.race([opened, sleep(everyMs).then(notYet)]);
      const turn = await keeper.turn();
      if (turn.kind === 'granted') permit.extend(turn.askedAtMs);
      if (turn.kind === 'refused' && serverMode(dataDir) !== 'standby') permit.end();
      news = turn.kind === 'granted' ? 'the lease is kept' : turn.reason;
    } catch (error) {
      const { code, message } = DrError.from(error);
      if (code === 'INVALID_CONFIG') throw error;
      news = `the lease is not renewed: ${message}`;
    }
    if (news !== said) say(news);
    said = news;
    if (!permit.isOver) tell({ permitEndsAtMs: permit.endsAtMs });
    await sleep(Math.max(50, everyMs - (performance.now() - beganMs)));
  }
}

function notYet(): never {
  throw new DrError('BUS_UNAVAILABLE', 'no NATS server answers');
}

try {
  const settings = await readSettings(process.argv.slice(2));
  if (settings === undefined) throw new DrError('INVALID_CONFIG', 'this process is started by the write guard');
  const { dataDir, marginMs, leaving } = settings;
  // Whoever ends the process that watches this one takes the guard away: then the server is closed.
  process.once('disconnect', () => {
    if (leaving) process.exit(1);
    say('the watching process is gone: the server is closed');
    const isOpen = serverMode(dataDir) === 'primary';
    void (isOpen ? closeServer(dataDir, marginMs) : Promise.resolve(true)).finally(() => process.exit(1));
  });
  await (leaving ? leave(settings) : keep(settings));
  process.exit(0);
} catch (error) {
  process.stderr.write(failureText('write-guard', DrError.from(error)));
  process.exit(exitCodeOf(DrError.from(error)));
}
