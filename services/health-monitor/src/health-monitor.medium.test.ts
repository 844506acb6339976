import { eventually, type Fault } from '@novacron/bus/testing';
import { Observation, type Report, SetMaintenance, QueryHealthStatus } from '@novacron/contracts';
import { seenEvents } from './testing/seen-events.js';
import { type SiteName, sites, TestWorld, type VantageName, vantages } from './testing/test-world.js';

/** Long enough for three failures in a row by any fault, and for a verdict. */
const longEnoughMs = 5_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Slow answers of a busy machine may degrade a site for a moment; a loss must never come of them. */
const losses = (ids: readonly string[]): string[] => ids.filter((id) => /^(?:SiteLost|VantageLost)_/u.test(id));

/** On a machine that does other things a start of the service alone may take half a minute. */
const patientMs = 240_000;

/** `npm run chaos`: as many faults and as long an outage as are promised. */
const whole = process.env['DR_CHAOS'] === 'whole';
const faultRounds = whole ? 167 : 17;
const outageMs = whole ? 62_000 : 3_000;
const longMs = whole ? 900_000 : patientMs;

describe('three vantages on real servers', () => {
  let world: TestWorld;

  beforeAll(async () => {
    world = await TestWorld.start();
    for (const site of sites) await world.until(site, 'ok');
  }, patientMs);

  afterEach(async () => world?.mend());

  afterAll(async () => {
    await world?.stop();
  });

  /** The moment, by our clock, at which a majority had failed three times in a row in everything vital of a site. */
  function momentOfQuorum(site: SiteName, checks: readonly string[]): { readonly at: Promise<number>; stop(): void } {
    const failed = new Map<VantageName, Set<string>>();
    let found: (at: number) => void = () => {};
    const at = new Promise<number>((resolve) => (found = resolve));
    const subscription = world.bus.subscribeObservations(Observation, (observation) => {
      if (observation.site !== site) return;
      const vantage = observation.vantage as VantageName;
      const set = failed.get(vantage) ?? new Set();
      failed.set(vantage, set);
      if (observation.consecutiveFailures >= 3) set.add(observation.check);
      const whole = [...failed.values()].filter((seen) => checks.every((check) => seen.has(check)));
      if (whole.length >= 2) found(Date.now());
    });
    return { at, stop: () => subscription.unsubscribe() };
  }

  it(
    'finds every site well, each check by each vantage',
    async () => {
      // A site is well as soon as a majority says so; the last vantage may still be looking.
      const report = await eventually(
        async () => {
          const asked = await world.bus.request<Report>(new QueryHealthStatus({ site: 'primary' }));
          return /unknown|undecided|degraded|failed/u.test(JSON.stringify(asked)) ? undefined : asked.report;
        },
        { timeoutMs: 120_000 },
      );

      expect(report).toMatchObject({
        vantages: { alpha: { state: 'seeing' }, beta: { state: 'seeing' }, gamma: { state: 'seeing' } },
        sites: {
          primary: {
            state: 'ok',
            checks: {
              postgres: {
                state: 'ok',
                role: 'database',
                vantages: { alpha: { state: 'ok' }, gamma: { opinion: 'ok' } },
              },
            },
          },
        },
      });
    },
    patientMs,
  );

  it(
    'refuses to look from a vantage that the estate does not have',
    async () => {
      const stray = await world.startService('alpha', 'zeta');

      expect(await stray.ended()).toBe(78);
      expect(stray.output.join('\n')).toContain('DR_VANTAGE: must be one of alpha, beta, gamma');
    },
    patientMs,
  );

  it(
    'knows within a moment of the third failure that a killed site is lost, says so once, and says when it is back',
    async () => {
      const quorum = momentOfQuorum('primary', ['postgres', 'api', 'worker']);
      const told = new Promise<number>((resolve) => {
        const subscription = world.bus.connection.subscribe('dr.novacron.event.health-monitor.site-lost.primary', {
          max: 1,
          callback: () => (resolve(Date.now()), subscription.unsubscribe()),
        });
      });
      const events = await world.eventsFromNow();
      const killedAt = Date.now();
      await world.kill('primary');
      const lostAt = await told;
      const quorumAt = await quorum.at;
      quorum.stop();

      // A machine that does other things takes its time; the figure itself comes from `npm run bench -- probes`.
      expect(lostAt - quorumAt).toBeLessThanOrEqual(2_000);
      expect(lostAt - killedAt).toBeLessThan(30_000);
      const lost = (await world.events()).find((event) => event.type === 'SiteLost');
      expect(lost?.id).toBe(`SiteLost_primary_${String(lost?.data['episode'])}`);
      expect(lost?.data['vantagesAgreeing']).toBeGreaterThanOrEqual(2);
      expect(lost?.data['failedChecks']).toEqual(['postgres', 'api', 'worker']);
      const evidence = lost?.data['evidence'] as { check: string; vantage: string; state: string; problem?: string }[];
      expect(evidence).toHaveLength(9);
      expect(
        evidence.filter(({ state, problem }) => state === 'failed' && problem !== undefined).length,
      ).toBeGreaterThanOrEqual(6);

      await world.revive('primary');
      expect(await events.first('HealthRecovered_primary')).toBe(lost?.id.replace('SiteLost', 'HealthRecovered'));
      await world.until('primary', 'ok');
      const ids = await events.ids();
      expect(losses(ids)).toEqual([lost?.id]);
    },
    patientMs,
  );

  it(
    'takes a site whose processes are stopped for lost, and notices when they go on',
    async () => {
      const events = await world.eventsFromNow();
      world.freeze('secondary');
      const lost = await events.first('SiteLost_secondary');
      world.thaw('secondary');
      expect(await events.first('HealthRecovered_secondary')).toBe(lost.replace('SiteLost', 'HealthRecovered'));
    },
    patientMs,
  );

  it(
    'does not take its own blindness for a loss: one blind vantage is named, and the others judge',
    async () => {
      const events = await world.eventsFromNow();
      await world.break('alpha', 'everything', 'hang');
      expect(await events.first('VantageLost_alpha')).toBe('VantageLost_alpha_1');
      expect(losses(await events.ids())).toEqual(['VantageLost_alpha_1']);
      const lost = (await seenEvents(world.bus)).find(({ id }) => id === 'VantageLost_alpha_1');
      expect(lost?.data).toMatchObject({
        lastHeardAt: expect.stringMatching(/Z$/u),
        lastWords: expect.arrayContaining([
          expect.objectContaining({
            state: 'unknown',
            problem: expect.stringContaining('cannot reach its own witness'),
          }),
        ]),
      });

      await world.kill('dr');
      await events.first('SiteLost_dr');
      await world.revive('dr');
      await events.first('HealthRecovered_dr');
      expect(losses(await events.ids())).toEqual(['VantageLost_alpha_1', expect.stringMatching(/^SiteLost_dr_/u)]);
    },
    patientMs,
  );

  it(
    'says nothing of any site while two of three vantages are blind, and the truth when they see again',
    async () => {
      await world.break('alpha', 'everything', 'refuse');
      await world.break('beta', 'everything', 'hang');
      await world.until('dr', 'unknown');
      const events = await world.eventsFromNow();
      await world.kill('dr');
      await pause(longEnoughMs);
      expect((await events.ids()).filter((id) => id.startsWith('SiteLost'))).toEqual([]);
      expect((await world.status())['dr']).toMatchObject({ state: 'unknown' });

      await world.mend();
      await events.first('SiteLost_dr');
      await world.revive('dr');
      await events.first('HealthRecovered_dr');
    },
    patientMs,
  );

  it(
    `is not deceived by ${3 * faultRounds} faults that one vantage sees alone`,
    async () => {
      for (const site of sites) await world.until(site, 'ok');
      const events = await world.eventsFromNow();
      const faults: Fault[] = ['refuse', 'hang', 'cut'];
      for (let round = 0; round < faultRounds; round += 1) {
        // Three faults at a time: each site is cut off from another vantage.
        for (const [index, site] of sites.entries()) {
          await world.break(vantages[index]!, site, faults[(round + 2 * index) % 3]!);
        }
        await pause(round % 6 === 0 ? longEnoughMs : 500);
        await world.mend();
        await pause(100);
      }

      expect(losses(await events.ids())).toEqual([]);
    },
    longMs,
  );

  it(
    `invents nothing while NATS is away for ${outageMs / 1_000} s, and says the truth afterwards`,
    async () => {
      for (const site of sites) await world.until(site, 'ok');
      const events = await world.eventsFromNow();
      const monitors = [...world.monitors.values()];
      await world.nats.kill();
      await world.kill('secondary');
      // Lost and back while nobody could say so: old news, which must not be told afterwards.
      await world.kill('dr');
      await pause(outageMs / 2);
      await world.revive('dr');
      await pause(outageMs / 2);
      await world.nats.restart();
      await events.first('SiteLost_secondary');
      // They bore it: nobody ended, and nobody was started anew.
      expect(monitors.filter((monitor) => monitor.hasEnded)).toEqual([]);
      await world.revive('secondary');
      await events.first('HealthRecovered_secondary');

      expect(losses(await events.ids())).toEqual([expect.stringMatching(/^SiteLost_secondary_/u)]);
    },
    longMs,
  );

  it(
    'goes on when the process that gives the verdicts is killed: nothing twice, nothing lost',
    async () => {
      for (const site of sites) await world.until(site, 'ok');
      const first = await world.eventsFromNow();
      await world.kill('secondary');
      await first.first('SiteLost_secondary');
      const events = await world.eventsFromNow();
      const holder = await world.holder();
      await world.monitors.get(holder)?.kill();
      await world.kill('dr');
      await events.first('SiteLost_dr');
      await world.startMonitor(holder);
      await Promise.all([world.revive('secondary'), world.revive('dr')]);
      await Promise.all([events.first('HealthRecovered_secondary'), events.first('HealthRecovered_dr')]);

      const ids = await events.ids();
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.filter((id) => id.startsWith('SiteLost'))).toEqual([expect.stringMatching(/^SiteLost_dr_/u)]);
    },
    patientMs,
  );

  it(
    'keeps quiet about announced work until it is over',
    async () => {
      const events = await world.eventsFromNow();
      const work = { site: 'dr', reason: 'new disks', owner: 'infra-lead' };
      const announce = (expiry: string): Promise<unknown> =>
        world.bus.request(Object.assign(new SetMaintenance(), { ...work, expiry }));
      await announce('10m');
      await world.kill('dr');
      await pause(longEnoughMs);
      const { report } = await world.bus.request<Report>(new QueryHealthStatus());
      expect(report).toMatchObject({
        maintenance: [{ site: 'dr', owner: 'infra-lead' }],
        sites: {
          dr: { state: 'unknown', reason: 'in maintenance', checks: { api: { state: 'failed', suppressed: true } } },
        },
      });
      expect(await events.ids()).toEqual([]);
      // Nobody ends it: it is over by itself.
      await announce('2s');
      await events.first('SiteLost_dr');
      await expect(announce('soon')).rejects.toMatchObject({ code: 'INVALID_MESSAGE' });
      await expect(
        world.bus.request(Object.assign(new SetMaintenance(), { ...work, site: 'moon', expiry: '1m' })),
      ).rejects.toMatchObject({ code: 'NOT_FOUND', details: [{ path: 'site' }] });
      await world.revive('dr');
      await events.first('HealthRecovered_dr');
      await announce('10m');
      await announce('0s');
      expect((await world.bus.request<Report>(new QueryHealthStatus())).report).toMatchObject({ maintenance: [] });
    },
    patientMs,
  );

  it(
    'goes on with an episode when everything was restarted with another estate',
    async () => {
      for (const site of sites) await world.until(site, 'ok');
      const events = await world.eventsFromNow();
      await world.kill('secondary');
      const lost = await events.first('SiteLost_secondary');
      await world.restartWithAnotherEstate();
      await world.until('secondary', 'lost');
      await world.revive('secondary');

      expect(await events.first('HealthRecovered_secondary')).toBe(lost.replace('SiteLost', 'HealthRecovered'));
      expect((await events.ids()).filter((id) => id.startsWith('SiteLost'))).toEqual([lost]);
    },
    patientMs,
  );
});
