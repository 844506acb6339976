import type { Estate, Retention } from '@novacron/contracts';
import { retentionPolicyOf } from './retention-policy-of.js';

const policyOf = (retention: Retention | undefined) =>
  retentionPolicyOf({ repository: { retention } } as unknown as Pick<Estate, 'repository'>);

describe('the retention that an estate asks for', () => {
  it('is read as figures, with one backup at the least', () => {
    expect(policyOf({ keepFor: '2d' })).toEqual({ keepForMs: 172_800_000, minimumVerified: 2, holds: [] });
    expect(policyOf({ keepFor: '1h', minimumVerified: 0, holds: ['backup-20261123-040000'] })).toEqual({
      ...{ keepForMs: 3_600_000, minimumVerified: 1, holds: ['backup-20261123-040000'] },
    });
  });

  it.each([
    ['under a legal hold', { keepFor: '1h', legalHold: true }, /legal hold/u, /legalHold to false/u],
    ['that does not say how long', { minimumVerified: 2 }, /how long/u, /keepFor/u],
    ['that says nothing', undefined, /how long/u, /keepFor/u],
  ])('lets nothing be removed %s, and says what to do', (_, retention, message, hint) => {
    expect(() => policyOf(retention)).toThrow(
      expect.objectContaining({
        code: 'PRECONDITION_FAILED',
        message: expect.stringMatching(message) as string,
        hint: expect.stringMatching(hint) as string,
      }),
    );
  });
});
