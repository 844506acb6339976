import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { FailoverWorld } from './testing/failover-world.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;

describe('a verdict', () => {
  let world: FailoverWorld;

  afterEach(async () => {
    await world?.stop();
  }, limitMs);

  it(
    'leaves a primary alone whose data flow, that answers, or that too few can see, whatever the probes say',
    async () => {
      world = await FailoverWorld.start();
      await world.primary.member.query('create table kept (n int)');
      const stop = new AbortController();
      const writing = (async () => {
        while (!stop.signal.aborted) {
          await world.primary.member.query('insert into kept values (1)');
          await sleep(20);
        }
      })();
      await world.say('failed');

      const flowing = await world.verdict('data-flowing');
      expect(flowing).toMatchObject({ action: 'none', shouldFailover: false, rule: 'site-down', confidence: 0.95 });
      expect(flowing['reason']).toMatch(/secondary still receives data from primary: it is alive/u);
      expect(flowing['tiers']).toMatchObject([{ tier: 1 }, { tier: 2 }, { tier: 3 }]);
      expect(JSON.stringify(flowing['evidence'])).toMatch(/vantage alpha.*the primary database on primary answers/u);

      stop.abort();
      await writing;
      expect(await world.verdict('primary-answers')).toMatchObject({ action: 'none' });
      world.seen = 'unknown';
      expect((await world.verdict('no-quorum'))['reason']).toMatch(/only 0 of 3 vantages can see primary/u);
      world.silent = true;
      expect((await world.verdict('stale-evidence'))['reason']).toMatch(/nobody answers/u);
      expect((await world.secondary.member.status()).inRecovery).toBe(true);
      expect((await world.status())['operations']).toEqual([]);
    },
    limitMs,
  );

  it(
    'waits whether a loss lasts, and asks after a fence that did not suffice',
    async () => {
      world = await FailoverWorld.start({
        failover: { fences: [], fenceRequired: 'L3', dwell: '0s', dwellAcrossRegions: '3s' },
      });
      await world.lose();

      const waiting = await world.verdict('dwell');
      expect(waiting).toMatchObject({ action: 'wait', shouldFailover: false, targetSite: 'secondary' });
      expect(waiting['reason']).toMatch(/in another region \(us-west-2\)/u);
      const first = String((await world.verdict('permitted'))['operationId']);
      expect(await world.event('failover-rolled-back')).toMatchObject({
        ...{
          operationId: first,
          reason: expect.stringMatching(/fence around primary reached L1, policy asks for L3/u),
        },
      });

      const asked = await world.verdict('undone-before');
      expect(asked).toMatchObject({ action: 'ask', shouldFailover: false });
      expect(asked['reason']).toMatch(/tried it and was undone: the fence around primary reached L1/u);
      await world.approve(String((await world.event('failover-approval-requested'))['operationId']), 'Jane');
      expect(await world.event('failover-completed')).toMatchObject({ toSite: 'secondary', fenceLevel: 'L1' });
    },
    limitMs,
  );
});
