import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningNats, startNatsServer } from '@novacron/bus/testing';
import {
  ApproveFailover,
  type Done,
  DrError,
  type Plan,
  QueryFailoverPlan,
  QueryFailoverReport,
  QueryFailoverStatus,
  type Report,
  ResumeFailover,
} from '@novacron/contracts';
import { type Lab, Rounds, type SeenEvent, type SiteName, SqlCustomer, startLab } from '@novacron/lab';
import { JournalTrap } from './journal-trap.js';
import { type Confirmed, Observer } from './observer.js';

export type Replication = 'synchronous' | 'asynchronous';

const moveTimeoutMs = 150_000;
const customersEveryMs = 20;
const lagMs = 300;

/** What `query.failover.status` says of a site that is active. */
interface Status {
  readonly epoch: { readonly site: string };
  readonly replication: { readonly databases: Readonly<Record<string, { readonly synchronous?: readonly string[] }>> };
}

/** What `query.failover.report` says of a move, as far as it is looked at here. */
export interface MoveReport {
  readonly outcome: string;
  readonly proof: {
    readonly byVantages: { readonly well?: readonly string[]; readonly unheard: readonly string[] | string };
  };
}

/** What was found around a move, to be held against what may be. */
export interface Findings {
  readonly primary: string;
  /** Acknowledged, and not there. */
  readonly missing: readonly number[];
  /** Epochs with two writers, and writes of an epoch that was over. */
  readonly splitEpochs: readonly unknown[];
  readonly late: readonly Confirmed[];
}

/**
 * A whole estate on a bus of three servers, with customers who write through the router and an observer who writes to every
 * database around it. It is used for one case after the other: what a case has lost is brought back before the next.
 */
export class ChaosEstate {
  readonly observer: Observer;
  readonly customer: SqlCustomer;
  readonly trap: JournalTrap;
  /** Rows that earlier cases have lost, as they reported. */
  private readonly lost = new Set<number>();

  private constructor(
    readonly replication: Replication,
    private readonly folder: string,
    readonly nats: RunningNats,
    readonly lab: Lab,
    readonly rounds: Rounds,
  ) {
    this.observer = new Observer(lab);
    this.customer = new SqlCustomer({ url: lab.file().router.postgres, everyMs: customersEveryMs });
    this.trap = new JournalTrap(rounds.bus.connection, lab.estate.estate);
  }

  static async start(replication: Replication): Promise<ChaosEstate> {
    const folder = await mkdtemp(join(tmpdir(), 'failover-chaos-'));
    const nats = await startNatsServer({ cluster: 3 });
    let lab: Lab | undefined;
    try {
      const { url } = nats;
      lab = await onFreePorts((portBase) =>
        startLab({
          ...{ dir: folder, portBase, services: ['health-monitor', 'failover'], stores: false },
          bus: { url, replicas: 3 },
          estate: (text) => symmetric(patient(text), replication),
        }),
      );
      const rounds = await Rounds.open(lab);
      await rounds.settled('primary');
      await rounds.until('the first epoch', 30_000, async () => {
        await rounds.databases.on('primary').writeEpoch(1, 'first-epoch');
        return true;
      });
      await rounds.databases
        .on('primary')
        .query('create table app.observed (id bigserial primary key, site text not null, epoch bigint not null)');
      const estate = new ChaosEstate(replication, folder, nats, lab, rounds);
      estate.customer.start();
      return estate;
    } catch (error) {
      await keepLogs(folder);
      await lab?.stop();
      await nats.stop();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.trap.close();
    await Promise.all([this.customer.stop(), this.observer.stop()]);
    await this.rounds.close();
    await this.lab.stop();
    await this.nats.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Where `DR_CHAOS_KEEP` names a folder: the logs of all processes there, and what was told on the bus. */
  async keep(): Promise<void> {
    const told = this.rounds.events.events.map((event) => `${JSON.stringify(event)}\n`);
    await keepLogs(this.folder, told.join(''));
  }

  /** The one site that takes writes; a server that is slow to say so is asked again. */
  async active(): Promise<SiteName> {
    let site = '';
    await this.rounds.until('one site takes writes', 60_000, async () => {
      site = await this.rounds.primary();
      return true;
    });
    return site as SiteName;
  }

  /** The site that answers for the commits of the other one. */
  partnerOf(active: SiteName): SiteName {
    return active === 'primary' ? 'secondary' : 'primary';
  }

  /** A case may begin: customers write, and the failover service has seen what it has to know when the active site is lost. */
  async ready(): Promise<SiteName> {
    await this.writesGoOn();
    const active = await this.active();
    const wanted = this.replication === 'synchronous' ? [this.partnerOf(active)] : [];
    await this.rounds.until('the service knows who has everything', 60_000, async () => {
      const { report } = await this.rounds.bus.request<Report>(new QueryFailoverStatus(), { timeoutMs: 5_000 });
      const { epoch, replication } = report as unknown as Status;
      const known = replication.databases['novacron']?.synchronous;
      return epoch.site === active && JSON.stringify(known) === JSON.stringify(wanted);
    });
    return active;
  }

  /** What a failover would do now, by the service's own plan. */
  async plannedSteps(): Promise<readonly string[]> {
    const { steps } = await this.rounds.bus.request<Plan>(new QueryFailoverPlan(), { timeoutMs: 20_000 });
    return steps.map(({ step }) => step);
  }

  /** An asynchronous standby that is so near has everything at once: it is made to lag, so that there is something to lose. */
  async lagBehind(active: SiteName): Promise<void> {
    if (this.replication === 'synchronous') return;
    await this.lab.slow(this.partnerOf(active), lagMs);
    await this.writesGoOn();
  }

  async writesGoOn(): Promise<void> {
    const before = this.customer.acknowledged().length;
    const more = () => Promise.resolve(this.customer.acknowledged().length >= before + 20);
    await this.rounds.until('customers write', 60_000, more);
  }

  /**
   * The end of the move that a decision of `since` on has begun. Where somebody is asked, we say yes to what waits; where the move
   * stops for a human, `human` does what has to be done, and it goes on.
   */
  async moved(since: number, human?: () => Promise<unknown>): Promise<SeenEvent['data']> {
    const { events } = this.rounds;
    const seen = (name: string) => events.all(name, ({ at }) => at >= since);
    const handled = new Set<SeenEvent>();
    const done = async (): Promise<boolean> => {
      for (const event of seen('failover-approval-requested')) {
        if (!handled.has(event)) await this.approve(String(event.data['operationId']));
        handled.add(event);
      }
      const stopped = seen('failover-failed').filter((event) => !handled.has(event));
      for (const event of human === undefined ? [] : stopped) {
        handled.add(event);
        await human?.();
        await this.goOn(String(event.data['operationId']));
      }
      return (human === undefined && stopped.length > 0) || seen('failover-completed').length > 0;
    };
    await this.rounds.until('a completed move', moveTimeoutMs, done).catch(() => undefined);
    const [completed] = seen('failover-completed');
    if (completed === undefined) throw new Error(`nothing was moved: ${this.news(since) || 'nobody said anything'}`);
    return completed.data;
  }

  async report(operationId: string): Promise<MoveReport> {
    const query = Object.assign(new QueryFailoverReport(), { operationId });
    return (await this.rounds.bus.request<Report>(query, { timeoutMs: 10_000 })).report as unknown as MoveReport;
  }

  /** Looks at everything once customers write again. What is missing now is not looked for again. */
  async findings(since: number): Promise<Findings> {
    await this.writesGoOn();
    const acknowledged = this.customer.acknowledged().map(({ n }) => n);
    const primary = await this.active();
    const rows = await this.rounds.databases.on(primary).query<{ n: string }>('select n from app.rows');
    const there = new Set(rows.map(({ n }) => Number(n)));
    const missing = acknowledged.filter((n) => !there.has(n) && !this.lost.has(n));
    for (const n of missing) this.lost.add(n);
    const { observer } = this;
    return { primary, missing, splitEpochs: observer.splitEpochs(), late: observer.late(since) };
  }

  /** Every lost site becomes a standby of the active one, so that the next case begins with a whole estate. */
  async bringBack(lost: readonly SiteName[]): Promise<void> {
    const active = await this.active();
    for (const site of lost) {
      // A server that is frozen, or runs against its epoch, is not to be spoken with.
      await this.lab.kill(site);
      await this.rounds.rejoin(site, active);
    }
    if (active === 'dr') await this.rounds.move('primary');
    await this.rounds.settled(await this.active());
  }

  private async approve(operationId: string): Promise<void> {
    const yes = Object.assign(new ApproveFailover(), { operationId, by: 'chaos' });
    await this.rounds.bus.request<Done>(yes, { timeoutMs: 10_000 });
  }

  private async goOn(operationId: string): Promise<void> {
    const resume = Object.assign(new ResumeFailover(), { operationId, by: 'chaos' });
    await this.rounds.bus.request<Done>(resume, { timeoutMs: 10_000 });
  }

  /** What the failover service has said, for whoever wants to know why. */
  private news(since: number): string {
    const told = this.rounds.events.events.filter(({ name, at }) => at >= since && name.startsWith('failover-'));
    return told.map(({ name, data }) => `${name} ${JSON.stringify(data['reason'] ?? data['step'] ?? '')}`).join('; ');
  }
}

/** In a folder of its own, of which standard error tells; what cannot be kept is no reason for a test to fail. */
async function keepLogs(folder: string, told = ''): Promise<void> {
  const keptIn = process.env['DR_CHAOS_KEEP'];
  if (keptIn === undefined || keptIn === '') return;
  try {
    const kept = await mkdtemp(join(keptIn, 'failed-case-'));
    await cp(join(folder, 'logs'), join(kept, 'logs'), { recursive: true });
    await writeFile(join(kept, 'events.jsonl'), told);
    process.stderr.write(`logs of what failed: ${kept}\n`);
  } catch (error) {
    process.stderr.write(`no logs kept of what failed: ${String(error)}\n`);
  }
}

/** Another lab may have the ports that were drawn. */
async function onFreePorts(start: (portBase: number) => Promise<Lab>): Promise<Lab> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(10_000 + 500 * Math.floor(Math.random() * 26));
    } catch (error) {
      if (attempt >= 5 || DrError.from(error).code !== 'PORT_TAKEN') throw error;
    }
  }
}

/** Speed is measured elsewhere: here a busy machine must not look like a lost site. */
function patient(estate: string): string {
  return estate
    .replace(
      'interval: 1s\n  timeout: 800ms\n  fastInterval: 400ms\n',
      'interval: 3s\n  timeout: 2500ms\n  fastInterval: 1s\n',
    )
    .replace('slowAfter: 500ms', 'slowAfter: 2s');
}

/** Either of the two sites answers for the commits of the other one, or neither does. */
function symmetric(estate: string, replication: Replication): string {
  const there = '- { from: primary, to: secondary, mode: synchronous }';
  const mode = there.replace('synchronous', replication);
  const back = mode.replace('primary', 'x').replace('secondary', 'primary').replace('x', 'secondary');
  return estate.replace(`      ${there}\n`, `      ${mode}\n      ${back}\n`);
}
