import type { Check } from '@novacron/contracts';
import { SteadySamples } from './steady-samples.js';

const check = (site: string, name: string): Check => ({ site, name, kind: 'tcp', role: 'api' });
const sample = { state: 'ok', consecutiveFailures: 0, latencyMs: 3, observedAt: '2026-01-01T00:00:00.000Z' } as const;
const now = Date.parse('2026-01-01T00:00:00.400Z');

describe('samples that are no news', () => {
  it('are sent together, one message for a site, and once', () => {
    const steady = new SteadySamples('alpha');
    steady.add(check('primary', 'api'), sample);
    steady.add(check('dr', 'api'), { ...sample, timings: { connectMs: 1.5 } });
    steady.add(check('primary', 'db'), sample);
    const messages = steady.take(now);

    expect(messages.map(({ site, samples }) => [site, samples.map((each) => each.check)])).toEqual([
      ['primary', ['api', 'db']],
      ['dr', ['api']],
    ]);
    expect(messages[1]).toMatchObject({
      vantage: 'alpha',
      sentAt: '2026-01-01T00:00:00.400Z',
      samples: [{ state: 'ok', latencyMs: 3, agoMs: 400, timings: { connectMs: 1.5 } }],
    });
    expect(steady.take(now)).toEqual([]);
  });

  it('fit into messages, however many they are', () => {
    const steady = new SteadySamples('alpha');
    for (let i = 0; i < 5_000; i += 1) {
      steady.add(check('primary', `check-${i}`), { ...sample, state: 'failed', problem: 'x'.repeat(200) });
    }
    const messages = steady.take(now);

    expect(messages.flatMap(({ samples }) => samples)).toHaveLength(5_000);
    for (const message of messages) expect(JSON.stringify(message).length).toBeLessThan(1_000_000);
  });
});
