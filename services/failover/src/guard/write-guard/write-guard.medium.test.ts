import { execFile } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Bus, Epochs, provisionBus, silentLogger } from '@novacron/bus';
import { eventually, FaultProxy, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { startPostgres, startStandbyOf, temporaryFolder, type TestPostgres } from '@novacron/drivers/testing';
import { StateStore } from '../../adapters/state-store.js';
import { WriteLeases } from '../../adapters/write-leases.js';
import { estateWithLeases, WriteGuard } from '../../testing/write-guard.js';

const root = join(import.meta.dirname, '../../../../..');
const startGuard = join(root, 'services/failover/dist/guard/main.js');
const [ttl, margin] = ['10s', '2s'];
const ttlMs = 10_000;
const limitMs = 240_000;
const database = 'novacron';

describe('the write guard beside a database', () => {
  const folder = temporaryFolder('write-guard');
  const guards: WriteGuard[] = [];
  let estateFile: string;
  let nats: RunningNats;
  let way: FaultProxy;
  let bus: Bus;
  let epochs: Epochs;
  let leases: WriteLeases;
  let primary: TestPostgres;
  let operations = 0;

  beforeAll(() => {
    estateFile = estateWithLeases(folder.path, ['primary', 'secondary'], ttl, margin);
  });
  beforeEach(async () => {
    [nats, primary] = await Promise.all([startNatsServer(), startPostgres({ name: 'primary' })]);
    way = await FaultProxy.to(Number(new URL(nats.url).port));
    bus = await Bus.connect({
      ...{ url: nats.url, service: 'failover', instance: 'test', estate: 'novacron', logger: silentLogger },
    });
    await provisionBus(bus.connection, { estate: 'novacron' });
    epochs = await Epochs.open(bus.connection, 'novacron');
    await epochs.advance(0, { site: 'primary', operationId: 'first' });
    leases = new WriteLeases(new StateStore(bus));
  }, limitMs);
  afterEach(async () => {
    if (process.env['SHOW_LOG'] !== undefined) for (const { said } of guards) process.stderr.write(said + '----\n');
    for (const guard of guards.splice(0)) guard.kill();
    await bus?.close();
    await way?.stop();
    await Promise.all([nats?.stop(), primary?.stop()]);
  }, limitMs);
  afterAll(() => folder.remove());

  const startGuardOf = (server: TestPostgres, file = estateFile): WriteGuard => {
    const guard = WriteGuard.start(server, { estateFile: file, natsUrl: `nats://127.0.0.1:${way.port}` });
    guards.push(guard);
    return guard;
  };
  const state = async (site = 'primary') => (await leases.read(database, site)).value?.state;
  /** Who keeps the lease, once it was renewed again. */
  const held = async (site = 'primary'): Promise<string> => {
    const { revision } = await leases.read(database, site);
    return eventually(
      async () => {
        const keeper = await leases.keeper(database, site, siteEpoch(site));
        return (await leases.read(database, site)).revision > revision ? keeper : undefined;
      },
      { what: 'a lease that is kept', timeoutMs: 60_000 },
    );
  };
  const siteEpoch = (site: string): number => (site === 'primary' ? 1 : 2);
  const closed = (server = primary): Promise<true> =>
    eventually(() => (server.pid() === undefined ? true : undefined), { what: 'a closed server', timeoutMs: 60_000 });
  const revoke = async (lastHolder: string | undefined) => {
    operations += 1;
    return leases.revoke(database, 'primary', { operationId: `failover-${operations}`, epoch: 1, lastHolder });
  };
  /** When the server last acknowledged a commit, from a client that writes as fast as it can; it is closed by then. */
  const lastCommitMs = async (): Promise<number> => {
    await primary.member.query('create table if not exists written (n int)');
    let lastMs = 0;
    try {
      for (;;) {
        await primary.member.query('insert into written values (1)', [], { timeoutMs: 1_000 });
        lastMs = performance.now();
      }
    } catch {
      await closed();
      return lastMs;
    }
  };
  const mayStart = (): Promise<{ readonly code: number; readonly said: string }> =>
    new Promise((resolve) => {
      const words = ['--estate', estateFile, '--site', 'primary', '--component', 'postgres'];
      const env = { ...process.env, DR_NATS_URL: nats.url };
      execFile(process.execPath, [startGuard, ...words, '--data-dir', primary.dataDir], { env }, (error, _out, said) =>
        resolve({ code: error === null ? 0 : Number(error.code), said }),
      );
    });

  it(
    'closes the server when its lease is revoked, answers that, and keeps it closed until the lease is given back',
    async () => {
      startGuardOf(primary);
      const holder = await held();
      expect(await revoke(holder)).toMatchObject({ state: 'revoked', counts: true });
      await eventually(async () => (await state()) === 'closed', { what: 'the answer', timeoutMs: 60_000 });
      expect(primary.pid()).toBeUndefined();
      expect(await mayStart()).toEqual({ code: 75, said: expect.stringMatching(/failover-\d+ has revoked/u) });

      // Somebody starts it all the same.
      await primary.member.start().catch(() => undefined);
      await closed();

      await leases.giveBack(database, 'primary', `failover-${operations}`);
      await held();
      expect(await mayStart()).toMatchObject({ code: 0 });
      await primary.member.start();
      const before = (await leases.read(database, 'primary')).revision;
      await eventually(async () => (await leases.read(database, 'primary')).revision > before + 8, {
        timeoutMs: 60_000,
      });
      expect(primary.pid()).toBeDefined();
    },
    limitMs,
  );

  it.each(['silent', 'refuse'] as const)(
    'closes the server before its lease is over where the way to the bus is: %s',
    async (fault) => {
      startGuardOf(primary);
      const holder = await held();
      const writes = lastCommitMs();
      await way.set(fault);
      if (fault === 'refuse') way.breakOff();
      const revokedAtMs = await eventually(async () => {
        const record = await revoke(holder);
        return record.counts === true ? performance.now() : undefined;
      });
      // By then a failover may promote: a lease and its margin after the revocation. The guard must have been first, by two margins.
      const lastMs = await writes;
      expect(lastMs).toBeLessThan(revokedAtMs + ttlMs);
      expect(await state()).toBe('revoked');
    },
    limitMs,
  );

  it(
    'closes the server when either of its processes hangs or is killed, but for one that can be started again',
    async () => {
      const guard = startGuardOf(primary);
      await held();
      const first = guard.keeper;
      guard.signal(first, 'SIGKILL');
      const second = await eventually(() => (guard.keeper === first ? undefined : guard.keeper));
      await held();
      expect(primary.pid()).toBeDefined();

      guard.signal(second, 'SIGSTOP');
      await closed();
      expect(guard.said).toContain('the server takes writes without a lease');
      guard.signal(second, 'SIGCONT');
      await held();

      await primary.member.start();
      guard.signal(guard.watcher, 'SIGKILL');
      await closed();
    },
    limitMs,
  );

  it(
    'is given no more time by the deaths of the process that keeps the lease',
    async () => {
      const guard = startGuardOf(primary);
      await held();
      await way.set('silent');
      const cutAtMs = performance.now();
      guard.signal(guard.keeper, 'SIGKILL');
      const words = 'the lease is not renewed';
      while (primary.pid() !== undefined && performance.now() - cutAtMs < 3 * ttlMs) {
        const saidBefore = guard.said.split(words).length;
        // Each of them lives long enough to tell the watching one what it believes.
        await eventually(() => primary.pid() === undefined || guard.said.split(words).length > saidBefore, {
          timeoutMs: 60_000,
        });
        const saidAtMs = performance.now();
        await eventually(() => performance.now() - saidAtMs > 500);
        const { keeper } = guard;
        if (keeper !== undefined) guard.signal(keeper, 'SIGKILL');
      }
      expect(performance.now() - cutAtMs).toBeLessThan(ttlMs + 3_000);
    },
    limitMs,
  );

  it(
    'does not leave the server alone where the estate file no longer gives it a lease',
    async () => {
      const own = join(folder.path, 'own.json');
      copyFileSync(estateFile, own);
      const guard = startGuardOf(primary, own);
      await held();
      writeFileSync(own, '{');
      guard.signal(guard.keeper, 'SIGKILL');
      await closed();
      expect(guard.exitCode).toBeUndefined();
    },
    limitMs,
  );

  it(
    'ends a server that hangs, and one that is started while the bus is away',
    async () => {
      startGuardOf(primary);
      await held();
      primary.freeze();
      await nats.kill();
      await closed();
      await primary.member.start().catch(() => undefined);
      await closed();
    },
    limitMs,
  );

  it(
    'leaves a standby alone, and guards it from its promotion on; the old primary it closes by the epoch',
    async () => {
      const secondary = await startStandbyOf(primary, { name: 'secondary' });
      try {
        startGuardOf(primary);
        const guard = startGuardOf(secondary);
        await held();
        await eventually(() => guard.said.includes('the epoch names primary'), { timeoutMs: 60_000 });
        await way.set('silent');
        await closed();
        expect(secondary.pid()).toBeDefined();

        await way.set('pass');
        await epochs.advance((await epochs.current())?.revision ?? 0, { site: 'secondary', operationId: 'failover' });
        await secondary.member.promote();
        await held('secondary');
        await primary.member.start().catch(() => undefined);
        await closed();
        expect(secondary.pid()).toBeDefined();
        expect(await secondary.member.status()).toMatchObject({ inRecovery: false });
      } finally {
        await secondary.stop();
      }
    },
    limitMs,
  );

  it(
    'gives the lease up when it is ended in order, and the server goes on; nothing rests on it any more',
    async () => {
      const guard = startGuardOf(primary);
      const holder = await held();
      guard.signal(guard.watcher, 'SIGTERM');
      await eventually(() => guard.exitCode === 0, { timeoutMs: 60_000, what: 'the end of the guard' });
      expect(await state()).toBe('left');
      expect(primary.pid()).toBeDefined();
      expect(await revoke(holder)).toMatchObject({ state: 'revoked', counts: false });
    },
    limitMs,
  );

  it('says what is wrong with its arguments', async () => {
    const ask = (...words: string[]): Promise<{ readonly code: number; readonly said: string }> =>
      new Promise((resolve) => {
        const program = join(root, 'services/failover/dist/guard/write-guard/main.js');
        execFile(process.execPath, [program, ...words], (error, out, said) =>
          resolve({ code: error === null ? 0 : Number(error.code), said: out + said }),
        );
      });
    const estate = ['--estate', estateFile, '--data-dir', primary.dataDir];
    const cases: [string[], number, RegExp][] = [
      [['--help'], 0, /usage: write-guard/u],
      [[], 78, /--estate, --site and --data-dir are needed/u],
      [[...estate, '--site', 'nowhere'], 78, /has no member on nowhere/u],
      [[...estate, '--site', 'dr'], 78, /gives dr no write lease[\s\S]*lease: \{ttl: 10s\}/u],
      [[...estate, '--site', 'primary', '--database', 'other'], 78, /--database must be one of novacron/u],
      [['--estate', estateFile, '--site', 'primary', '--data-dir', '/nowhere'], 78, /\/nowhere is not there/u],
      [['--nonsense'], 78, /nonsense/u],
    ];
    for (const [words, code, said] of cases)
      expect(await ask(...words)).toEqual({ code, said: expect.stringMatching(said) });
  });
});
