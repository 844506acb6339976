import { type Check, type Estate, Observation } from '@novacron/contracts';
import { advance, noEpisode } from '../domain/episode.js';
import { MaintenanceBook } from './maintenance-book.js';
import { Picture } from './picture.js';
import { SiteJudge } from './site-judge.js';

const sites = ['primary', 'secondary', 'dr'];
const vantages = ['alpha', 'beta', 'gamma'];
const roles = ['database', 'api', 'workers'] as const;
const checks = sites.flatMap((site) => roles.map((role): Check => ({ name: role, site, role, kind: 'tcp' })));

/** Numbers that look random and are the same in each run (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The world as three vantages see it, a second a step; `seen` says what one of them sees of a site. */
function losses(
  seed: number,
  steps: number,
  seen: (vantage: string, site: string, step: number, random: number) => string,
) {
  const random = randomFrom(seed);
  let nowMs = 0;
  const rules = { failures: 3, window: { failures: 3, of: 5 }, recoveries: 3, siteLostWhen: [...roles] };
  const health = { interval: '1s', timeout: '800ms', vantages: vantages.map((name) => ({ name })), checks, rules };
  const estate = { sites: sites.map((name) => ({ name, role: 'production' })), health } as unknown as Estate;
  const picture = new Picture(estate.health, () => nowMs);
  const stored = { read: async () => undefined, write: async () => 1 };
  const judge = new SiteJudge(estate, picture, new MaintenanceBook(stored));
  const failures = new Map<string, number>();
  const episodes = new Map(sites.map((site) => [site, noEpisode]));
  const lost: string[] = [];
  for (let step = 0; step < steps; step += 1) {
    nowMs += 1_000;
    for (const vantage of vantages)
      for (const { site, name } of checks) {
        const state = seen(vantage, site, step, random());
        if (state === 'silent') continue;
        const key = `${vantage}/${site}/${name}`;
        const consecutiveFailures = state === 'failed' ? (failures.get(key) ?? 0) + 1 : 0;
        failures.set(key, consecutiveFailures);
        const observedAt = new Date(nowMs).toISOString();
        const sample = { vantage, site, check: name, kind: 'tcp', latencyMs: 1, observedAt, consecutiveFailures };
        picture.hear(new Observation({ ...sample, state: state as 'ok' | 'failed' | 'degraded' | 'unknown' }));
      }
    for (const site of sites) {
      const before = episodes.get(site) ?? noEpisode;
      const { episode, announce } = advance(before, judge.judge(site), new Date(step * 1_000).toISOString());
      episodes.set(site, episode);
      if (announce === 'SiteLost') lost.push(`${site} at ${step}`);
    }
  }
  return lost;
}

describe('what one vantage sees alone', () => {
  it('is never a loss: 600 faults of every kind and length, whatever the other two see a little of', () => {
    let faults = 0;
    const lost: string[] = [];
    for (let seed = 1; seed <= 20; seed += 1) {
      const plan = randomFrom(seed * 7_919);
      // Thirty faults, one after the other: which vantage, which site, how long, and in which way.
      const until: { vantage: string; site: string; from: number; to: number; kind: string }[] = [];
      let at = 5;
      for (let i = 0; i < 30; i += 1) {
        const length = 1 + Math.floor(plan() * 12);
        const kind = ['failed', 'degraded', 'unknown', 'silent', 'mixed'][Math.floor(plan() * 5)] as string;
        const one = {
          vantage: vantages[Math.floor(plan() * 3)] as string,
          site: sites[Math.floor(plan() * 3)] as string,
        };
        until.push({ ...one, from: at, to: at + length, kind });
        // The one before is over for as long as a recovery takes, so that no two vantages see a fault at once.
        at += length + 8;
        faults += 1;
      }
      lost.push(
        ...losses(seed, at, (vantage, site, step, random) => {
          const fault = until.find(
            (each) => each.vantage === vantage && each.site === site && step >= each.from && step < each.to,
          );
          if (fault === undefined) return random < 0.02 ? 'degraded' : 'ok';
          return fault.kind === 'mixed' ? (random < 0.7 ? 'failed' : 'ok') : fault.kind;
        }),
      );
    }

    expect(faults).toBe(600);
    expect(lost).toEqual([]);
  });

  it('is a loss as soon as a second one sees it too: the same world tells it', () => {
    const lost = losses(1, 20, (vantage, site, step) =>
      step >= 5 && site === 'dr' && vantage !== 'alpha' ? 'failed' : 'ok',
    );
    expect(lost).toEqual(['dr at 7']);
  });

  it('is no loss while the others are blind, silent or see it come and go', () => {
    for (const other of ['unknown', 'silent', 'degraded']) {
      const lost = losses(1, 40, (vantage, site, step) =>
        site !== 'dr' || step < 5 ? 'ok' : vantage === 'alpha' ? 'failed' : other,
      );
      expect([other, lost]).toEqual([other, []]);
    }
  });
});
