import { branchProblem, handoverLsn, sealed, type Taker, type Taking, tokenProblems } from './handover-token.js';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const key = Buffer.alloc(32, 7);
const facts = {
  ...{
    estate: 'novacron',
    operationId: 'switchover-1',
    database: 'novacron',
    from: 'primary',
    to: 'secondary',
    epoch: 4,
  },
  ...{ systemIdentifier: '7400000000000000001', timeline: 3, checkpointLsn: '0/9000028' },
};
const token = sealed(facts, { key, nowMs });
const move: Taking = { estate: 'novacron', operationId: 'switchover-1', epoch: 4, from: 'primary', key, nowMs };
const taker: Taker = { site: 'secondary', inRecovery: true, systemIdentifier: '7400000000000000001' };
const unsigned = 'is not signed with the key of this estate';

describe('a hand-over token', () => {
  it('entitles the standby it was made for, in the move it was made in', () => {
    expect(tokenProblems(token, move, taker)).toEqual([]);
    expect(tokenProblems(token, { ...move, nowMs: nowMs + 899_000 }, taker)).toEqual([]);
    expect(handoverLsn(token)).toBe('0/9000029');
  });

  it('is followed by the timeline that branches off its own', () => {
    expect(branchProblem(token, 3)).toBeUndefined();
    expect(branchProblem(token, 2)).toBe('branches off timeline 2, and timeline 3 was handed over');
    expect(branchProblem(token, undefined)).toContain('timeline unknown');
  });

  it.each([
    ['another estate', token, { ...move, estate: 'other' }, taker, 'estate novacron, and this is other'],
    ['another operation', token, { ...move, operationId: 'switchover-2' }, taker, 'operation switchover-1'],
    ['a later epoch, to which it is played again', token, { ...move, epoch: 5 }, taker, 'epoch 4, and this is 5'],
    ['another old primary', token, { ...move, from: 'dr' }, taker, 'from primary'],
    ['another taker', token, move, { ...taker, site: 'dr' }, 'to secondary, and this is dr'],
    ['another system', token, move, { ...taker, systemIdentifier: '1' }, 'system 7400000000000000001'],
    ['a taker that is a primary', token, move, { ...taker, inRecovery: false }, 'secondary is none'],
    ['a quarter of an hour', token, { ...move, nowMs: nowMs + 900_000 }, taker, 'valid until 2026-01-01T00:15:00.000Z'],
    ['a token that was changed', { ...token, checkpointLsn: '0/1' }, move, taker, unsigned],
    ['one whose end was put off', { ...token, expiresAt: '2026-01-02T00:00:00Z' }, move, taker, unsigned],
    ['one signed with another key', sealed(facts, { key: Buffer.alloc(32, 8), nowMs }), move, taker, unsigned],
    ['one that is not signed', { ...token, seal: '' }, move, taker, unsigned],
  ])('is refused in %s', (_what, given, now, who, why) => {
    expect(tokenProblems(given, now, who)).toEqual([expect.stringContaining(why)]);
  });
});
