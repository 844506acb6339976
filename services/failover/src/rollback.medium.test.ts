import 'reflect-metadata';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { eventually } from '@novacron/bus/testing';
import type { SmokeTest } from '@novacron/contracts';
import type { OperationView } from '@novacron/operations';
import { runbookOf } from './domain/move-runbooks.js';
import { externalChanges } from './domain/report/external-changes.js';
import type { FailoverParams } from './steps/failover-params.js';
import { FailoverRunner } from './testing/failover-runner.js';
import { startTestEstate, type TestEstate } from './testing/test-estate.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;

describe('a failover that is taken back before the first write', () => {
  let estate: TestEstate;
  let runner: FailoverRunner;
  let agent: Server;
  let doorStatus: number;
  let orders: { site: string; mode?: string; name?: string; epoch: number }[];

  beforeEach(async () => {
    orders = [];
    doorStatus = 200;
    agent = createServer((request, response) => {
      if (request.method === 'GET') {
        response.writeHead(doorStatus).end();
        return;
      }
      void json(request).then((order) => {
        orders.push(order as (typeof orders)[number]);
        response.writeHead(200).end();
      });
    });
    await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(agent.address() as AddressInfo).port}`;
    estate = await startTestEstate('synchronous', { applicationsUrl: url, frontDoorUrl: url, caches: true });
    runner = await FailoverRunner.start(estate);
    await estate.primary.member.query('create table kept (n int primary key)');
    await estate.primary.member.query('insert into kept select generate_series(1, 100)');
  }, limitMs);

  afterEach(async () => {
    await runner?.stop();
    agent?.close();
    await estate?.stop();
  }, limitMs);

  /** Somebody saw a heartbeat committed that no standby has: whatever is promoted lacks something. */
  const missHeartbeat = async (): Promise<void> => {
    const look = { atMs: Date.now(), lsn: '0/1', rows: 0 };
    const record = {
      ...{ epoch: (await runner.epochs.current())?.epoch ?? 0, site: 'primary', timeline: 1, systemIdentifier: '1' },
      ...{ samples: [look], setting: ['secondary'], settingFrom: '0/1', synchronous: ['secondary'], flushed: {} },
      ...{ heldBy: [], backFor: 0, heartbeat: { seq: 1_000, at: new Date().toISOString() } },
    };
    await runner.memory.write('novacron', record, await runner.memory.read('novacron'));
  };
  const remembersNothing = async (): Promise<void> => {
    const seen = await runner.memory.read('novacron');
    if (seen.value === undefined) return;
    const { heartbeat: _forgotten, ...rest } = seen.value;
    await runner.memory.write('novacron', rest, seen);
  };
  const states = async () => (await estate.targets.backends[0]?.runtime.servers('db')) ?? [];
  const roles = async () => {
    const [cache] = estate.targets.caches;
    const found = [...(cache?.members ?? [])].map(async ([site, member]) => [site, (await member.status()).role]);
    return Object.fromEntries(await Promise.all(found)) as Record<string, string>;
  };
  /** What a move would change, line by line. */
  const planned = async (mode: 'planned' | 'unplanned'): Promise<readonly string[]> => {
    const epoch = await runner.epochs.current();
    const params: FailoverParams = {
      ...{ mode, from: 'primary', to: 'secondary', reason: 'plan', allowDataLoss: false, fenceRequired: 'L1' },
      ...{ epoch: epoch?.epoch ?? 0, epochRevision: epoch?.revision ?? 0, decidedAt: new Date().toISOString() },
    };
    const { nodes } = await runner.operations.plan(runbookOf[mode], params);
    return nodes.flatMap((node) => node.steps.flatMap((step) => step.changes));
  };
  const changesOf = async ({ operationId }: OperationView) => {
    const state = await runner.operations.state(operationId);
    return externalChanges(state, state.params as FailoverParams, 'secondary');
  };
  const rows = async (site: 'primary' | 'secondary') => {
    const [row] = await estate[site].member.query<{ n: number }>('select count(*)::int as n from kept');
    return row?.n;
  };

  it(
    'puts back a planned move: routes, names, caches, applications, epoch, and the old primary serves',
    async () => {
      const before = await states();
      expect(await planned('planned')).toEqual(
        expect.arrayContaining([
          'router: db/primary ready → maint, its sessions ended',
          'router: db/secondary maint → ready',
          'app.novacron.test CNAME primary.novacron.test → secondary.novacron.test, TTL 5 s',
          'sessions primary: master → replica of secondary',
          'sessions secondary: replica → master',
          'novacron secondary: commits wait for nobody',
          expect.stringMatching(/^endpoint pool: primary → secondary \(by 127/u),
          expect.stringMatching(/^applications of secondary: standby → active/u),
          'novacron primary: running → stopped (fast, immediate after 20 s)',
        ]),
      );
      Object.assign(estate.targets.estate.failover, {
        fences: [{ site: 'primary', powerOff: ['/bin/false'], powerStatus: ['/bin/true'] }],
      });
      expect(await planned('unplanned')).toContainEqual(expect.stringMatching(/^primary: on → off \(/u));
      expect(await states()).toEqual(before);
      await missHeartbeat();

      const view = await runner.run({ mode: 'planned', to: 'secondary' });

      expect(view).toMatchObject({ state: 'rolled-back' });
      expect(view.reason).toMatch(/secondary must not take writes: it lacks \d+ heartbeats that were seen committed/u);
      expect(await states()).toEqual(before);
      expect(await estate.targets.records[0]?.zone.read('app.novacron.test', 'CNAME')).toEqual([
        'primary.novacron.test',
      ]);
      expect(await roles()).toEqual({ primary: 'master', secondary: 'replica' });
      const pool = orders.filter(({ name }) => name === 'pool');
      expect(pool.map(({ site, epoch }) => `${site} ${epoch}`)).toEqual(['secondary 2', 'primary 2']);
      expect(orders.map(({ site, mode, epoch }) => `${site} ${mode} ${epoch}`)).toEqual(
        expect.arrayContaining(['primary standby 2', 'secondary active 2', 'secondary standby 2', 'primary active 2']),
      );
      const last = orders.findLast(({ mode }) => mode !== undefined);
      expect(last).toMatchObject({ site: 'primary', mode: 'active' });
      expect(await runner.epochs.current()).toMatchObject({ epoch: 3, site: 'primary' });
      // The old primary takes writes, and the one that was promoted follows it on the old timeline.
      await eventually(async () => (await estate.secondary.member.status()).walReceiverStatus === 'streaming');
      await estate.primary.member.query('insert into kept values (101)');
      await eventually(async () => (await rows('secondary')) === 101);
      expect(await estate.secondary.member.status()).toMatchObject({ inRecovery: true, timeline: 1 });
      expect((await estate.secondary.member.statusWithLine()).line).toMatchObject({ timeline: 1, history: [] });
      const told = runner.events.find(({ name }) => name === 'failover-rolled-back');
      expect(told?.data['needs']).toEqual([
        expect.stringContaining('see that secondary, whose promotion was taken back'),
      ]);
      expect(told?.data['undoneSteps']).toEqual(expect.arrayContaining(['promote', 'stop-old', 'switch-dns']));

      const undone = await changesOf(view);
      expect(undone.map(({ status }) => status)).toEqual(undone.map(() => 'undone'));

      await remembersNothing();
      const again = await runner.run({ mode: 'planned', to: 'secondary' });
      expect(again).toMatchObject({ state: 'completed' });
      const changes = (await changesOf(again)).flatMap((step) => step.changes);
      expect(changes).toEqual(
        expect.arrayContaining([
          'app.novacron.test CNAME primary.novacron.test → secondary.novacron.test, TTL 5 s',
          'router: db/primary ready → maint, its sessions ended',
          'router: db/secondary maint → ready',
          'sessions primary: master → replica of secondary',
          'sessions secondary: replica → master',
          'endpoint pool: primary → secondary',
          'applications of primary: active → standby',
          'applications of secondary: standby → active',
        ]),
      );
      expect(await rows('secondary')).toBe(101);
    },
    limitMs,
  );

  it(
    'leaves a standby that can be promoted again when the old primary is gone, and no primary',
    async () => {
      const rowsAre = (expectValue: string): void => {
        const test: SmokeTest = {
          name: 'rows',
          kind: 'sql',
          of: 'novacron',
          sql: 'select count(*) from kept',
          expectValue,
        };
        Object.assign(estate.targets.estate.failover, { smokeTests: [test] });
      };
      rowsAre('101');
      expect(await planned('unplanned')).toContain('smoke test rows is run (sql)');
      await estate.primary.kill();

      const view = await runner.run();

      expect(view).toMatchObject({ state: 'rolled-back' });
      expect(view.reason).toBe('smoke test rows failed: it gave 100, not 101');
      expect(await estate.secondary.member.status()).toMatchObject({ inRecovery: true, timeline: 2 });
      expect(orders).toEqual([]);
      expect((await states()).map(({ server, state }) => `${server} ${state}`)).toContain('primary ready');
      expect(await runner.epochs.current()).toMatchObject({ epoch: 3, site: 'primary' });

      rowsAre('100');
      const again = await runner.run({ to: 'secondary', allowDataLoss: true });
      expect(again).toMatchObject({ state: 'completed' });
      const proof = again.results.get('prove-target') as { smokeTests: unknown[] };
      expect(proof.smokeTests).toEqual([{ name: 'rows', passed: true, durationMs: expect.any(Number) }]);
      expect(await rows('secondary')).toBe(100);
      await estate.secondary.member.query('insert into kept values (101)');
    },
    limitMs,
  );

  it(
    'stops for a human where somebody wrote in spite of all, and the old primary stays away',
    async () => {
      doorStatus = 503;
      const { member } = estate.secondary;
      const id = await runner.begin({ mode: 'planned', to: 'secondary' });
      await eventually(async () => (await member.closedState()).writesSinceEpoch === 0, { timeoutMs: 60_000 });
      const forced = 'set synchronous_commit = local; begin; set transaction read write; delete from kept; commit';
      await member.query(forced);

      const view = await runner.ended(id);

      expect(view).toMatchObject({ state: 'failed' });
      expect(view.needs?.join('\n')).toMatch(/see what was written on secondary; to give it up, stop its PostgreSQL/u);
      expect(view.needs?.join('\n')).toContain('command.failover.resume');
      expect(await runner.epochs.current()).toMatchObject({ epoch: 2, site: 'secondary' });
      await expect(estate.primary.member.status()).rejects.toMatchObject({ code: 'UNREACHABLE' });

      // The human gives the write up.
      await member.stopFast(20_000);
      await runner.operations.resume(view.operationId, 'Jane');
      await eventually(async () => (await runner.operations.status(view.operationId)).state === 'rolled-back', {
        timeoutMs: 90_000,
      });
      expect(await estate.primary.member.status()).toMatchObject({ inRecovery: false });
      await eventually(async () => (await estate.secondary.member.status()).walReceiverStatus === 'streaming');
      expect(await rows('secondary')).toBe(100);
    },
    limitMs,
  );
});
