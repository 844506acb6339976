import { jest } from '@jest/globals';
import { type Check, type Health, Observation, SteadyObservations, SteadySample } from '@novacron/contracts';
import { Picture } from './picture.js';

const [site, check] = ['primary', 'api'];
const vantages = ['alpha', 'beta', 'gamma'];
const rules = { failures: 3, recoveries: 3, siteLostWhen: ['api'] };
const checks: Check[] = [{ name: check, site, role: 'api', kind: 'tcp' }];
const health = { interval: '1s', timeout: '800ms', vantages: vantages.map((name) => ({ name })), checks, rules };

describe('the picture', () => {
  afterEach(() => jest.restoreAllMocks());

  /** Three vantages speak each second; whether each was heard in every one of them, and what they say in the end. */
  function heard(wallMs: (nowMs: number) => number, senderMs: (vantage: string, nowMs: number) => number) {
    let nowMs = 0;
    jest.spyOn(Date, 'now').mockImplementation(() => wallMs(nowMs));
    const picture = new Picture(health as unknown as Health, () => nowMs);
    const silent = new Set<string>();
    for (nowMs = 1_000; nowMs <= 20_000; nowMs += 1_000)
      for (const vantage of vantages) {
        const sentAt = new Date(senderMs(vantage, nowMs)).toISOString();
        const said = { state: 'ok' as const, consecutiveFailures: 0, latencyMs: 0 };
        if (vantage === 'alpha')
          picture.hear(new Observation({ vantage, site, check, kind: 'tcp', observedAt: sentAt, ...said }));
        else {
          const samples = [Object.assign(new SteadySample(), { check, agoMs: 0, ...said })];
          picture.hearSteady(new SteadyObservations({ vantage, site, sentAt, samples }));
        }
        if (picture.voiceOf(vantage, site, check).word === 'unknown') silent.add(vantage);
        if ((picture.heardOf(vantage).lastHeardMs ?? 0) < nowMs - 3_000) silent.add(vantage);
      }
    return { silent: [...silent], says: picture.viewOf(site, check).voices.map(({ word }) => word) };
  }

  it.each([60_000, 4_000, -4_000, -60_000])('hears every vantage though our clock is set by %i ms', (stepMs) => {
    const wall = (nowMs: number): number => nowMs + (nowMs < 10_000 ? 0 : stepMs);

    expect(heard(wall, (_, nowMs) => nowMs)).toEqual({ silent: [], says: ['ok', 'ok', 'ok'] });
  });

  it.each([60_000, 4_000, -4_000, -60_000])('hears a vantage whose clock is set by %i ms', (stepMs) => {
    const sender = (vantage: string, nowMs: number): number =>
      100_000 + nowMs + (vantage === 'beta' && nowMs >= 10_000 ? stepMs : 0);

    expect(heard((nowMs) => nowMs, sender)).toEqual({ silent: [], says: ['ok', 'ok', 'ok'] });
  });
});
