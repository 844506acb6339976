import { HealthRecovered } from './events/health.js';
import { StartFailover } from './requests/failover.js';
import { SendNotification } from './requests/notifier.js';
import { validate } from './validate.js';

const recovered = {
  site: 'primary',
  episode: 1,
  since: '2026-03-15T10:00:00Z',
  reason: 'answers again',
  durationMs: 1200,
  evidence: [
    { vantage: 'alpha', check: 'postgres', state: 'ok', consecutiveFailures: 0, observedAt: '2026-03-15T10:00:00Z' },
  ],
};

const refusal = (value: unknown, strictness: 'strict' | 'tolerant' = 'strict'): unknown => {
  try {
    return validate(HealthRecovered, value, strictness);
  } catch (error) {
    return error;
  }
};

describe('validate', () => {
  it('gives instances, nested ones too', () => {
    const message = validate(HealthRecovered, recovered, 'strict');
    expect(message).toBeInstanceOf(HealthRecovered);
    expect(message).toEqual(recovered);
  });

  it('refuses an unknown field by name when strict, and drops it when tolerant', () => {
    const more = { ...recovered, evidence: [{ ...recovered.evidence[0], mood: 'bad' }] };
    expect(refusal(more)).toMatchObject({
      code: 'INVALID_MESSAGE',
      details: [{ path: 'evidence[0].mood', problem: 'is not a known field' }],
    });
    expect(refusal(more, 'tolerant')).toEqual(recovered);
  });

  it.each([
    ['a missing field', { site: undefined }, 'site'],
    ['a wrong type', { durationMs: '1200' }, 'durationMs'],
    ['a negative count', { durationMs: -1 }, 'durationMs'],
    ['a fraction where things are counted', { episode: 1.5 }, 'episode'],
    ['a time without a zone', { since: '2026-03-15T10:00:00' }, 'since'],
    ['a name that is no token', { site: 'a.b' }, 'site'],
    ['a list that is none', { evidence: {} }, 'evidence'],
    ['a wrong part', { evidence: [{ ...recovered.evidence[0], state: 'fine' }] }, 'evidence[0].state'],
    ['a part that is none', { evidence: ['x'] }, 'evidence'],
  ])('names %s by its path', (_title, change, path) => {
    const error = refusal({ ...recovered, ...change });
    expect(error).toMatchObject({ code: 'INVALID_MESSAGE', retryable: false });
    expect(
      (error as { details: { path: string }[] }).details.map((detail) => detail.path.replace(/\[0\]$/u, '')),
    ).toContain(path);
  });

  it.each([null, undefined, 'text', 7, [], [recovered]])('refuses %j, which is no object', (value) => {
    expect(refusal(value)).toMatchObject({ code: 'INVALID_MESSAGE' });
  });

  it('names every wrong field at once', () => {
    const error = (() => {
      try {
        return validate(StartFailover, { to: '', mode: 'now', reasons: 'x' }, 'strict');
      } catch (thrown) {
        return thrown as { details: { path: string }[] };
      }
    })() as { details: { path: string }[] };
    expect(error.details.map((detail) => detail.path).toSorted()).toEqual(['mode', 'reason', 'reasons', 'to']);
  });

  it.each([
    ['{"constructor":1}', ['values.constructor']],
    ['{"SITE":{"deep":[{"constructor":{"name":"x"}},{"__proto__":{"a":1}}]}}', ['constructor', '__proto__']],
    ['{"constructor":{"prototype":{"a":1}},"ETA":"noon"}', ['values.constructor']],
  ])('refuses a name that means something to every object, in free-form data too: %s', (text, paths) => {
    const asked = { incident: 'i', audience: 'a', template: 'progress', values: JSON.parse(text) as unknown };
    for (const strictness of ['strict', 'tolerant'] as const) {
      const error = (() => {
        try {
          return validate(SendNotification, asked, strictness);
        } catch (thrown) {
          return thrown as { details: { path: string }[] };
        }
      })() as { details: { path: string }[] };
      expect(error).toMatchObject({ code: 'INVALID_MESSAGE', retryable: false });
      expect(error.details).toHaveLength(paths.length);
      for (const path of paths) expect(error.details.some((detail) => detail.path.endsWith(path))).toBe(true);
    }
  });

  it('names such a field at the top too', () => {
    expect(refusal(JSON.parse(`{"constructor":1,${JSON.stringify(recovered).slice(1)}`))).toMatchObject({
      details: [{ path: 'constructor', problem: 'is a name that no data may have' }],
    });
  });

  it('is not led astray by a prototype', () => {
    const hostile: unknown = JSON.parse('{"__proto__":{"site":"primary"},"constructor":{"name":"x"}}');
    expect(refusal(hostile)).toMatchObject({ code: 'INVALID_MESSAGE' });
    expect(({} as { site?: string }).site).toBeUndefined();
  });
});
