import { runCommand } from '@novacron/drivers';
import { type Lab, signal, withDescendants } from '@novacron/lab';
import type { RunningNats } from '@novacron/bus/testing';

export interface Surroundings {
  readonly lab: Lab;
  readonly nats: RunningNats;
}

/** Something that befalls an estate. `end` puts right what the failover itself does not. */
export interface Fault {
  readonly name: string;
  begin(around: Surroundings): Promise<void>;
  end?(around: Surroundings): Promise<void>;
}

/** Every process of the primary's site, children included. */
const primaryProcesses = ({ lab }: Surroundings): Promise<number[]> => withDescendants(lab.sites.primary.pids);
const monitor = ({ lab }: Surroundings): number | undefined =>
  lab.services.find(({ instance }) => instance === 'health-monitor-beta')?.process.pid;

async function send(name: NodeJS.Signals, pids: readonly (number | undefined)[]): Promise<void> {
  for (const pid of pids) if (pid !== undefined) signal(pid, name);
}

const kill: Fault = { name: 'kill -9', begin: ({ lab }) => lab.kill('primary') };

const stop: Fault = {
  name: 'SIGSTOP',
  begin: async (around) => send('SIGSTOP', await primaryProcesses(around)),
};

const partition: Fault = {
  name: 'partition',
  begin: ({ lab }) => lab.partition('primary'),
  end: ({ lab }) => lab.heal('primary'),
};

/**
 * A disk that takes nothing more, as PostgreSQL meets it without a file system of our own to fill: each write beyond the first
 * page of a file fails.
 */
const fullDisk: Fault = {
  name: 'full WAL disk',
  begin: async ({ lab }) => {
    const postmaster = lab.sites.primary.stack?.postgresServer.pid;
    const pids = await withDescendants(postmaster === undefined ? [] : [postmaster]);
    const limit = (pid: number) =>
      runCommand({ program: 'prlimit', args: [`--pid=${pid}`, '--fsize=8192'], timeoutMs: 10_000 });
    // A child may have ended in between; the postmaster's limit is what those to come inherit.
    await Promise.allSettled(pids.map(limit));
  },
};

const lostVantage: Fault = {
  name: 'kill -9 with a lost vantage',
  begin: async (around) => {
    await send('SIGSTOP', [monitor(around)]);
    await around.lab.kill('primary');
  },
  end: async (around) => send('SIGCONT', [monitor(around)]),
};

/** One of three servers, any: now and then it is the one that leads the streams. */
const lostBusServer: Fault = {
  name: 'kill -9 with the loss of a bus server',
  begin: async ({ lab, nats }) => {
    await lab.kill('primary');
    const server = nats.servers[Math.floor(Math.random() * nats.servers.length)];
    await server?.kill();
  },
  end: async ({ nats }) => {
    for (const server of nats.servers) if (server.pid < 0) await server.restart();
  },
};

/** Those after which the synchronous standby takes over by itself, and nothing may be lost. */
export const faults: readonly Fault[] = [kill, stop, partition, fullDisk, lostVantage, lostBusServer];
