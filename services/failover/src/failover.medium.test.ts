import 'reflect-metadata';
import { Bus, Epochs, provisionBus, silentLogger } from '@novacron/bus';
import { eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import type { FenceLevel } from '@novacron/contracts';
import type { OperationView } from '@novacron/operations';
import { JsonLogger } from '@novacron/service';
import { operationId } from './domain/operation-id.js';
import { FailoverOperations } from './failover-operations.js';
import { ReplicationMemory } from './adapters/replication-memory.js';
import { StateStore } from './adapters/state-store.js';
import { WriteLeases } from './adapters/write-leases.js';
import { runbookOf } from './domain/move-runbooks.js';
import type { FailoverParams } from './steps/failover-params.js';
import { startTestEstate, type TestEstate } from './testing/test-estate.js';

const logger = new JsonLogger({ write: () => undefined });

describe('a failover on real servers', () => {
  let nats: RunningNats;
  let bus: Bus;
  let epochs: Epochs;
  let estate: TestEstate;
  let operations: FailoverOperations;
  const events: { name: string; data: Record<string, unknown> }[] = [];

  const begin = async (mode: 'synchronous' | 'asynchronous'): Promise<void> => {
    events.length = 0;
    nats = await startNatsServer();
    bus = await Bus.connect({
      url: nats.url,
      service: 'failover',
      instance: 'test',
      estate: 'novacron',
      logger: silentLogger,
    });
    await provisionBus(bus.connection, { estate: 'novacron' });
    bus.connection.subscribe('dr.novacron.event.>', {
      callback: (_error, message) => {
        events.push({ name: message.subject.split('.')[4] ?? '', data: message.json() });
      },
    });
    epochs = await Epochs.open(bus.connection, 'novacron');
    await epochs.advance(0, { site: 'primary', operationId: 'first-epoch' });
    estate = await startTestEstate(mode);
    const store = new StateStore(bus);
    const [memory, leases] = [new ReplicationMemory(store), new WriteLeases(store)];
    operations = new FailoverOperations(bus, epochs, estate.targets, memory, leases, logger);
    await operations.onApplicationBootstrap();
  };

  afterEach(async () => {
    await operations?.onModuleDestroy();
    await bus?.close();
    await nats?.stop();
    await estate?.stop();
  });

  const run = async (change: Partial<FailoverParams> = {}): Promise<OperationView> => {
    const epoch = await epochs.current();
    const mode = change.mode ?? 'unplanned';
    const params: FailoverParams = {
      mode,
      from: epoch?.site ?? '',
      reason: 'test',
      allowDataLoss: false,
      fenceRequired: 'L1' as FenceLevel,
      epoch: epoch?.epoch ?? 0,
      epochRevision: epoch?.revision ?? 0,
      decidedAt: new Date().toISOString(),
      ...change,
    };
    const id = operationId(runbookOf[mode], new Date(), String(Math.random()));
    await operations.begin({ runbook: runbookOf[mode], operationId: id, params });
    let view: OperationView | undefined;
    await eventually(
      async () => {
        view = await operations.status(id);
        return ['completed', 'rolled-back', 'failed', 'aborted'].includes(view.state);
      },
      { timeoutMs: 60_000 },
    );
    return view as OperationView;
  };

  const rows = async (site: 'primary' | 'secondary' | 'dr'): Promise<number> => {
    const [row] = await estate[site].member.query<{ rows: number }>('select count(*)::int as rows from kept');
    return row?.rows ?? -1;
  };
  const routedTo = async (): Promise<string | undefined> =>
    (await estate.targets.backends[0]?.runtime.servers('db'))?.find((server) => server.state === 'ready')?.server;

  it('moves to the synchronous standby with every acknowledged row, and the third site follows', async () => {
    await begin('synchronous');
    await estate.primary.member.query('create table kept (n int primary key)');
    await estate.primary.member.query('insert into kept select generate_series(1, 500)');
    await estate.primary.kill();

    const view = await run();

    expect(view).toMatchObject({ state: 'completed' });
    expect(await rows('secondary')).toBe(500);
    expect(await epochs.current()).toMatchObject({ epoch: 2, site: 'secondary' });
    expect((await estate.secondary.member.readEpoch())?.epoch).toBe(2);
    expect(await routedTo()).toBe('secondary');
    expect(await estate.targets.records[0]?.zone.read('app.novacron.test', 'CNAME')).toEqual([
      'secondary.novacron.test',
    ]);
    await eventually(async () => (await estate.dr.member.status()).timeline === 2 && (await rows('dr')) === 500);
    const completed = events.filter(({ name }) => name === 'failover-completed');
    expect(completed.map(({ data }) => [data['toSite'], data['fenceLevel'], data['lostBytes']])).toEqual([
      ['secondary', 'L2', 0],
    ]);
  });

  it('promotes nothing behind a fence that policy finds too weak, and puts back what it touched', async () => {
    await begin('asynchronous');

    const view = await run({ fenceRequired: 'L1' });

    expect(view).toMatchObject({ state: 'rolled-back' });
    expect(view.reason).toMatch(/fence around primary reached L4, policy asks for L1/u);
    expect(await routedTo()).toBe('primary');
    expect(await epochs.current()).toMatchObject({ epoch: 1, site: 'primary' });
    await eventually(async () => (await estate.secondary.member.status()).walReceiverStatus === 'streaming');
    expect((await estate.secondary.member.status()).inRecovery).toBe(true);
    expect(events.map(({ name }) => name)).toContain('failover-rolled-back');
    expect(events.map(({ name }) => name)).not.toContain('failover-completed');
  });

  it('refuses to lose rows when the synchronous standby is not there, unless a human accepts it', async () => {
    await begin('synchronous');
    await estate.dr.member.pointAt(estate.primary.source('secondary')).catch(() => undefined);
    await estate.secondary.kill();
    await estate.primary.kill();

    const refused = await run();
    expect(refused).toMatchObject({ state: 'rolled-back' });
    expect(await epochs.current()).toMatchObject({ epoch: 1 });

    const accepted = await run({ allowDataLoss: true });
    expect(accepted).toMatchObject({ state: 'completed' });
    expect(await epochs.current()).toMatchObject({ epoch: 2, site: 'dr' });
  });

  it('promotes nothing that is of another system, whatever a human accepts', async () => {
    await begin('synchronous');
    await estate.primary.kill();

    const lineage = { novacron: { systemIdentifier: '1', timeline: 1 } };
    const view = await run({ to: 'secondary', allowDataLoss: true, lineage });

    expect(view).toMatchObject({ state: 'rolled-back' });
    const choose = view.nodes.flatMap(({ steps }) => steps).find(({ name }) => name === 'choose-standby');
    const details = expect.arrayContaining([{ path: 'secondary', problem: 'other-system' }]) as unknown[];
    expect(choose?.error).toMatchObject({ code: 'NO_PROMOTABLE_STANDBY', details });
    expect((await estate.secondary.member.status()).inRecovery).toBe(true);
  }, 240_000);

  it('moves by plan without losing a row, and the old primary follows the new one', async () => {
    await begin('synchronous');
    await estate.primary.member.query('create table kept (n int primary key)');
    await estate.primary.member.query('insert into kept select generate_series(1, 300)');

    const view = await run({ mode: 'planned', to: 'secondary' });

    expect(view).toMatchObject({ state: 'completed' });
    expect(await rows('secondary')).toBe(300);
    expect((await estate.primary.member.status()).inRecovery).toBe(true);
    await estate.secondary.member.query('insert into kept values (301)');
    await eventually(async () => (await rows('primary')) === 301 && (await rows('dr')) === 301);

    expect(await run({ mode: 'planned', to: 'primary' })).toMatchObject({ state: 'completed' });
    expect((await estate.primary.member.status()).synchronousStandbyNames).toContain('secondary');
    expect(await epochs.current()).toMatchObject({ epoch: 3, site: 'primary' });
  });

  it('takes a planned move back whose old primary does not stop in its time, and promotes nothing', async () => {
    await begin('synchronous');
    const { member } = estate.primary;
    const { control } = member.options;
    if (control === undefined) throw new Error('the primary has a control');
    const stop = control.stop.bind(control);
    // Sessions that do not end: the fast stop hangs until its time is over, and what follows is a crash.
    Object.assign(control, {
      stop: (mode: 'fast' | 'immediate', signal?: AbortSignal) =>
        mode === 'immediate'
          ? stop(mode, signal)
          : new Promise((_resolve, reject) => {
              signal?.addEventListener('abort', () => reject(new Error('it hangs')));
            }),
    });

    const view = await run({ mode: 'planned', to: 'secondary' });

    expect(view).toMatchObject({ state: 'rolled-back' });
    expect(view.reason).toMatch(/primary did not shut down cleanly: it is in production/u);
    expect(await epochs.current()).toMatchObject({ epoch: 1, site: 'primary' });
    expect(await estate.secondary.member.status()).toMatchObject({ inRecovery: true, timeline: 1 });
    await member.query('create table kept (n int)');
    expect(await routedTo()).toBe('primary');
    expect(view.results.has('promote')).toBe(false);
  }, 240_000);

  it('refuses a failover decided in an epoch that has passed', async () => {
    await begin('synchronous');
    const stale = await epochs.current();
    await epochs.advance(stale?.revision ?? 0, { site: 'primary', operationId: 'someone-else' });

    const view = await run({ epoch: stale?.epoch ?? 0, epochRevision: stale?.revision ?? 0 });

    expect(view).toMatchObject({ state: 'rolled-back' });
    expect(await epochs.current()).toMatchObject({ epoch: 2, operationId: 'someone-else' });
    expect((await estate.secondary.member.status()).inRecovery).toBe(true);
  });
});
