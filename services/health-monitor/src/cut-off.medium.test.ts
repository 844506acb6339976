import { setTimeout as sleep } from 'node:timers/promises';
import { canMakeNetworks } from './testing/network.js';
import { NetworkWorld } from './testing/network-world.js';
import { eventsFromNow, seenEvents } from './testing/seen-events.js';

const patientMs = 240_000;
const losses = (ids: readonly string[]): string[] => ids.filter((id) => /^(?:SiteLost|VantageLost)_/u.test(id));

(canMakeNetworks() ? describe : describe.skip)(
  'vantages and sites on a network of their own (skipped where an ordinary user cannot make one)',
  () => {
    let world: NetworkWorld;
    /** Longer than three failures and a verdict take. */
    const longEnough = (): Promise<void> => sleep(6_000);

    beforeAll(async () => {
      world = await NetworkWorld.start();
      await world.allWell();
    }, patientMs);

    afterAll(async () => world?.stop(), 60_000);

    it(
      'one vantage cut off is named and does not count; what the other two see is believed',
      async () => {
        const events = await eventsFromNow(world.bus);
        await world.network.plug('alpha', false);
        await events.first('VantageLost_alpha');
        expect(losses(await events.ids())).toEqual(['VantageLost_alpha_1']);

        await world.network.plug('primary', false);
        const lost = await events.first('SiteLost_primary');
        const event = (await seenEvents(world.bus)).find(({ id }) => id === lost);
        expect(event?.data).toMatchObject({ vantagesAgreeing: 2, vantagesSeeing: 2 });
        const evidence = event?.data['evidence'] as { vantage: string; state: string; problem?: string }[];
        expect(new Set(evidence.filter(({ vantage }) => vantage === 'alpha').map(({ state }) => state))).toEqual(
          new Set(['unknown']),
        );
        for (const { problem } of evidence.filter(({ vantage, state }) => vantage !== 'alpha' && state === 'failed'))
          expect(problem).toMatch(/no connection in time|EHOSTUNREACH/u);

        await world.network.plug('primary', true);
        await events.first('HealthRecovered_primary');
        await world.network.plug('alpha', true);
        await world.allWell();
      },
      patientMs,
    );

    it(
      'two cut off: nothing is said of any site, lost or not, and the truth when one of them is back',
      async () => {
        await world.network.plug('alpha', false);
        await world.network.plug('beta', false);
        await world.until('dr', 'unknown');
        const events = await eventsFromNow(world.bus);
        await world.network.plug('dr', false);
        await longEnough();
        expect((await events.ids()).filter((id) => id.startsWith('SiteLost'))).toEqual([]);
        for (const site of ['primary', 'secondary', 'dr']) expect((await world.status())[site]?.state).toBe('unknown');

        await world.network.plug('beta', true);
        await events.first('SiteLost_dr');
        await world.network.plug('dr', true);
        await events.first('HealthRecovered_dr');
        await world.network.plug('alpha', true);
        await world.allWell();
        expect((await events.ids()).filter((id) => id.startsWith('SiteLost'))).toHaveLength(1);
      },
      patientMs,
    );

    it(
      'a site that one vantage alone cannot reach, though it sees all else, is not lost',
      async () => {
        const events = await eventsFromNow(world.bus);
        const { address } = world.places.get('primary')!;
        await world.network.lose('beta', address);
        await longEnough();
        expect(losses(await events.ids())).toEqual([]);
        await world.network.find('beta', address);
        await world.allWell();
      },
      patientMs,
    );

    it.each([
      ['there', ['beta'], 'degraded', /cut on the way there/u],
      ['back', ['gamma'], 'degraded', /cut on the way back/u],
      ['in both directions', ['beta', 'gamma'], 'failed', /cut in both directions/u],
    ] as const)(
      'the way between two sites cut %s is told as such over a bus that does not use it, and no site is lost',
      async (_title, cut, state, reason) => {
        const events = await eventsFromNow(world.bus);
        const farEnd = { beta: world.places.get('dr')!.linkAddress, gamma: world.places.get('secondary')!.linkAddress };
        for (const vantage of cut) await world.network.lose(vantage, farEnd[vantage]);
        const { checks } = await world.until('secondary', state, 'link');
        expect(checks['link']?.reason).toMatch(reason);
        await events.first('HealthDegraded_secondary');
        expect(losses(await events.ids())).toEqual([]);
        for (const site of ['primary', 'dr']) expect((await world.status())[site]?.state).toBe('ok');
        for (const vantage of cut) await world.network.find(vantage, farEnd[vantage]);
        await world.allWell();
        await events.first('HealthRecovered_secondary');
      },
      patientMs,
    );
  },
);
