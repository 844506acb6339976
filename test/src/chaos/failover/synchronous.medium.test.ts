import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { Lab, Rounds, SqlCustomer } from '@novacron/lab';
import { type Fault, faults, type Surroundings } from './faults.js';
import { Observer } from './observer.js';
import { type KillPoint, ServiceKiller, steps } from './service-killer.js';

const whole = process.env['DR_CHAOS'] === 'whole';
const caseTimeoutMs = 240_000;
const decisionTimeoutMs = 60_000;
const customersEveryMs = 20;

/** Speed is measured elsewhere: here a busy machine must not look like a lost site. */
const patient = (estate: string): string =>
  estate
    .replace(
      'interval: 1s\n  timeout: 800ms\n  fastInterval: 400ms\n',
      'interval: 3s\n  timeout: 2500ms\n  fastInterval: 1s\n',
    )
    .replace('slowAfter: 500ms', 'slowAfter: 2s');

/** Every fault at every step. */
const cases = faults.flatMap((fault, f) =>
  steps.map((step, s): { fault: Fault; point: KillPoint } => ({
    fault,
    point: { step, record: (f + s) % 2 === 0 ? 'intent' : 'done' },
  })),
);

// Each case is half a minute of a whole estate: part of the long form alone.
(whole ? describe : describe.skip)('a failover in chaos', () => {
  let folder: string;
  let nats: RunningNats;
  let lab: Lab;
  let rounds: Rounds;
  let around: Surroundings;
  let killer: ServiceKiller;
  let observer: Observer;
  let customer: SqlCustomer;
  /** A case that failed leaves an estate that proves nothing about the next one. */
  let sound = true;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'failover-chaos-'));
    nats = await startNatsServer({ cluster: 3 });
    lab = await Lab.start({
      dir: folder,
      portBase: 10_000 + 500 * Math.floor(Math.random() * 26),
      services: ['health-monitor', 'failover'],
      stores: false,
      bus: { url: nats.url, replicas: 3 },
      estate: patient,
    });
    rounds = await Rounds.open(lab);
    await rounds.settled('primary');
    await rounds.until('the first epoch', 30_000, async () => {
      await rounds.databases.on('primary').writeEpoch(1, 'first-epoch');
      return true;
    });
    await rounds.databases
      .on('primary')
      .query('create table app.observed (id bigserial primary key, site text not null, epoch bigint not null)');
    around = { lab, nats };
    killer = new ServiceKiller(rounds.bus.connection, lab);
    observer = new Observer(lab);
    customer = new SqlCustomer({ url: lab.file().router.postgres, everyMs: customersEveryMs });
    customer.start();
  }, 240_000);

  afterAll(async () => {
    killer?.close();
    await Promise.all([customer?.stop(), observer?.stop()]);
    await rounds?.close();
    await lab?.stop();
    await nats?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  beforeEach(() => {
    if (!sound) throw new Error('an earlier case left the estate unsound');
    sound = false;
  });

  /** The operation that a decision of now on has begun. */
  const decided = async (since: number): Promise<string> => {
    const yes = await rounds.events
      .waitFor(
        'failover-decided',
        decisionTimeoutMs,
        (event) => event.at >= since && event.data['shouldFailover'] === true,
      )
      .catch((cause: unknown) => {
        const verdicts = rounds.events.all('failover-decided', ({ at }) => at >= since);
        const reasons = verdicts.map(({ data }) => `${String(data['site'])}: ${String(data['reason'])}`);
        throw new Error(`nobody decided to move: ${reasons.join('; ') || 'no verdict at all'}`, { cause });
      });
    return String(yes.data['operationId']);
  };

  const missingRows = async (site: string, acknowledged: readonly number[]): Promise<number[]> => {
    const rows = await rounds.databases.on(site).query<{ n: string }>('select n from app.rows');
    const there = new Set(rows.map(({ n }) => Number(n)));
    return acknowledged.filter((n) => !there.has(n));
  };

  const writesGoOn = async (): Promise<void> => {
    const before = customer.acknowledged().length;
    await rounds.until('customers write', 60_000, () => Promise.resolve(customer.acknowledged().length >= before + 20));
  };

  const expectSound = async (site: string): Promise<void> => {
    await writesGoOn();
    const acknowledged = customer.acknowledged().map(({ n }) => n);
    // A few are enough to see what is wrong: comparing thousands takes minutes.
    expect((await missingRows(site, acknowledged)).slice(0, 5)).toEqual([]);
    expect(observer.splitEpochs()).toEqual([]);
    expect(observer.late().slice(0, 5)).toEqual([]);
    expect(await rounds.primary()).toBe(site);
  };

  const comeHome = async (fault: Fault): Promise<void> => {
    killer.arm(undefined);
    await fault.end?.(around);
    await rounds.rejoin('primary', 'secondary');
    await rounds.move('primary');
    await rounds.settled('primary');
    await expectSound('primary');
    sound = true;
  };

  it.each(cases)(
    '$fault.name, the service killed at $point.record of $point.step: nothing is lost, one writer an epoch',
    async ({ fault, point }) => {
      await writesGoOn();
      killer.arm(point);
      const since = Date.now();
      await fault.begin(around);
      await rounds.ended(await decided(since));
      expect(killer.kills).toBe(1);
      await expectSound('secondary');
      await comeHome(fault);
    },
    caseTimeoutMs,
  );
});
