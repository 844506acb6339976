import { branchProblem, handoverLsn, sealed, type Taker, tokenProblems } from './handover-token.js';

const token = sealed({
  ...{ operationId: 'switchover-1', database: 'novacron', from: 'primary', to: 'secondary', epoch: 4 },
  ...{ systemIdentifier: '7400000000000000001', timeline: 3, checkpointLsn: '0/9000028' },
});
const move = { operationId: 'switchover-1', epoch: 4, from: 'primary' };
const taker: Taker = { site: 'secondary', inRecovery: true, systemIdentifier: '7400000000000000001' };

describe('a hand-over token', () => {
  it('entitles the standby it was made for, in the move it was made in', () => {
    expect(tokenProblems(token, move, taker)).toEqual([]);
    expect(handoverLsn(token)).toBe('0/9000029');
  });

  it('is followed by the timeline that branches off its own', () => {
    expect(branchProblem(token, 3)).toBeUndefined();
    expect(branchProblem(token, 2)).toBe('branches off timeline 2, and timeline 3 was handed over');
    expect(branchProblem(token, undefined)).toContain('timeline unknown');
  });

  it.each([
    ['another operation', token, { ...move, operationId: 'switchover-2' }, taker, 'operation switchover-1'],
    ['another epoch', token, { ...move, epoch: 5 }, taker, 'epoch 4, and this is 5'],
    ['another old primary', token, { ...move, from: 'dr' }, taker, 'from primary'],
    ['another taker', token, move, { ...taker, site: 'dr' }, 'to secondary, and this is dr'],
    ['another system', token, move, { ...taker, systemIdentifier: '1' }, 'system 7400000000000000001'],
    ['a taker that is a primary', token, move, { ...taker, inRecovery: false }, 'secondary is none'],
    ['a token that was changed', { ...token, checkpointLsn: '0/1' }, move, taker, 'does not fit its seal'],
  ])('is refused in %s', (_what, given, now, who, why) => {
    expect(tokenProblems(given, now, who)).toEqual([expect.stringContaining(why)]);
  });
});
