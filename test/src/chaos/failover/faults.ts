import { jetstreamManager } from '@nats-io/jetstream';
import { streams } from '@novacron/contracts';
import { runCommand } from '@novacron/drivers';
import { type SiteName, signal, withDescendants } from '@novacron/lab';
import type { ChaosEstate } from './chaos-estate.js';

/** Something that befalls the active site, after which service must move away. */
export interface Fault {
  readonly name: string;
  /** The site writes nothing from then on: what its disk has beyond the switch is what was lost. */
  readonly endsWrites?: true;
  /** Returns the sites that have to be brought back afterwards. */
  begin(estate: ChaosEstate, active: SiteName): Promise<readonly SiteName[]>;
  /** Puts right what neither the failover nor bringing the sites back does. */
  end?(estate: ChaosEstate, active: SiteName): Promise<void>;
}

async function send(name: NodeJS.Signals, pids: readonly (number | undefined)[]): Promise<void> {
  for (const pid of pids) if (pid !== undefined) signal(pid, name);
}

export async function freeze({ lab }: ChaosEstate, site: SiteName): Promise<void> {
  await send('SIGSTOP', await withDescendants(lab.sites[site].pids));
}

export async function thaw({ lab }: ChaosEstate, site: SiteName): Promise<void> {
  await send('SIGCONT', await withDescendants(lab.sites[site].pids));
}

const kill: Fault = {
  name: 'kill -9',
  endsWrites: true,
  begin: async ({ lab }, active) => {
    await lab.kill(active);
    return [active];
  },
};

const stop: Fault = {
  name: 'SIGSTOP',
  endsWrites: true,
  begin: async (estate, active) => {
    await freeze(estate, active);
    return [active];
  },
};

const partition: Fault = {
  name: 'partition',
  begin: async ({ lab }, active) => {
    await lab.partition(active);
    return [active];
  },
  end: ({ lab }, active) => lab.heal(active),
};

/**
 * A disk that takes nothing more, as PostgreSQL meets it without a file system of our own to fill: each write beyond the first
 * page of a file fails.
 */
const fullDisk: Fault = {
  name: 'full WAL disk',
  begin: async ({ lab }, active) => {
    const postmaster = lab.sites[active].stack?.postgresServer.pid;
    const pids = await withDescendants(postmaster === undefined ? [] : [postmaster]);
    const limit = (pid: number) =>
      runCommand({ program: 'prlimit', args: [`--pid=${pid}`, '--fsize=8192'], timeoutMs: 10_000 });
    // A child may have ended in between; the postmaster's limit is what those to come inherit.
    await Promise.allSettled(pids.map(limit));
    return [active];
  },
};

/** The standby that has every acknowledged row says nothing: unknown is not behind, and whoever takes over instead says what it lacks. */
export const frozenStandby: Fault = {
  name: 'kill -9 with a frozen standby',
  endsWrites: true,
  begin: async (estate, active) => {
    const standby = estate.partnerOf(active);
    await freeze(estate, standby);
    await estate.lab.kill(active);
    return [active, standby];
  },
};

const monitor = ({ lab }: ChaosEstate): number | undefined =>
  lab.services.find(({ instance }) => instance === 'health-monitor-beta')?.process.pid;

const lostVantage: Fault = {
  name: 'kill -9 with a lost vantage',
  endsWrites: true,
  begin: async (estate, active) => {
    await send('SIGSTOP', [monitor(estate)]);
    await estate.lab.kill(active);
    return [active];
  },
  end: (estate) => send('SIGCONT', [monitor(estate)]),
};

/** The server that leads the stream of the journals, on which every step waits. */
const lostBusLeader: Fault = {
  name: 'kill -9 with the loss of the bus leader',
  endsWrites: true,
  begin: async ({ lab, nats, rounds }, active) => {
    const manager = await jetstreamManager(rounds.bus.connection, { timeout: 5_000 });
    const { cluster } = await manager.streams.info(streams.operations.name);
    await lab.kill(active);
    await nats.servers.find(({ name }) => name === cluster?.leader)?.kill();
    return [active];
  },
  end: async ({ nats }) => {
    for (const server of nats.servers) if (server.pid < 0) await server.restart();
  },
};

/** Those after which a standby that has every acknowledged row takes over by itself. */
export const plainFaults: readonly Fault[] = [kill, stop, partition, fullDisk, lostVantage, lostBusLeader];
export const faults: readonly Fault[] = [...plainFaults, frozenStandby];
