import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, portBaseFrom, Rounds, SqlCustomer, startLab } from '@novacron/lab';
import { outageAround, warmUp, writeEveryMs } from './outage.js';

/** What one loss of the primary cost, milliseconds. */
export interface Outage {
  /** Last acknowledged write before the loss → first one after it. */
  readonly outageMs: number;
  /** The decision, as the event says it → the first acknowledged write. */
  readonly decisionToWriteMs: number;
}

export type Loss = 'host' | 'postmaster';

const home = 'primary';
const standIn = 'secondary';
const decisionTimeoutMs = 90_000;

/** A lab with our control plane in front of it, whose primary is lost and brought home again and again. */
export class OurSide {
  private constructor(
    private readonly folder: string,
    private readonly lab: Lab,
    private readonly rounds: Rounds,
    private readonly customer: SqlCustomer,
  ) {}

  /** `probeSeconds`: how often each vantage looks. */
  static async start(probeSeconds: number): Promise<OurSide> {
    const folder = await mkdtemp(join(tmpdir(), 'bench-failover-'));
    const lab = await startLab({
      dir: folder,
      portBase: portBaseFrom(process.env),
      services: ['health-monitor', 'failover'],
      stores: false,
      estate: (text) => text.replace('  interval: 1s\n', `  interval: ${probeSeconds}s\n`),
    });
    const rounds = await Rounds.open(lab);
    await rounds.settled(home);
    const customer = new SqlCustomer({ url: lab.file().router.postgres, everyMs: writeEveryMs });
    customer.start();
    return new OurSide(folder, lab, rounds, customer);
  }

  /** The primary's whole site is lost, or its postmaster alone, until the failover has ended. */
  async lose(what: Loss): Promise<Outage> {
    await warmUp(this.customer);
    const lostAt = Date.now();
    if (what === 'host') await this.lab.kill(home);
    else await this.lab.sites[home].stack?.postgresServer.kill();
    const decided = await this.rounds.events.waitFor(
      'failover-decided',
      decisionTimeoutMs,
      ({ at, data }) => at >= lostAt && data['shouldFailover'] === true,
    );
    const { lastBeforeAt, firstAfterAt } = await outageAround(this.customer, lostAt);
    await this.rounds.ended(String(decided.data['operationId']));
    return { outageMs: firstAfterAt - lastBeforeAt, decisionToWriteMs: firstAfterAt - decided.at };
  }

  /** Brings service home by a planned move; returns for how long that one kept customers waiting, milliseconds. */
  async comeHome(): Promise<number> {
    await this.rounds.rejoin(home, standIn);
    await warmUp(this.customer);
    const movedAt = Date.now();
    await this.rounds.move(home);
    const { lastBeforeAt, firstAfterAt } = await outageAround(this.customer, movedAt);
    await this.rounds.settled(home);
    return firstAfterAt - lastBeforeAt;
  }

  /** How many acknowledged rows are not there now. */
  async lostRows(): Promise<number> {
    const acknowledged = this.customer.acknowledged().map(({ n }) => n);
    const rows = await this.rounds.databases.on(home).query<{ n: string }>('select n from app.rows');
    const there = new Set(rows.map(({ n }) => Number(n)));
    return acknowledged.filter((n) => !there.has(n)).length;
  }

  async stop(): Promise<void> {
    await this.customer.stop();
    await this.rounds.close();
    await this.lab.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
