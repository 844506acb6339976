import { fenceLevel, suffices } from './fence-level.js';

describe('fenceLevel', () => {
  it.each([
    [{ poweredOff: true, unrouted: false, commitsBlocked: false, leaseOver: false }, 'L3'],
    [{ poweredOff: true, unrouted: true, commitsBlocked: true, leaseOver: false }, 'L3'],
    [{ poweredOff: false, unrouted: true, commitsBlocked: true, leaseOver: false }, 'L2'],
    [{ poweredOff: false, unrouted: false, commitsBlocked: true, leaseOver: false }, 'L1'],
    [{ poweredOff: false, unrouted: true, commitsBlocked: false, leaseOver: false }, 'L4'],
    [{ poweredOff: false, unrouted: false, commitsBlocked: false, leaseOver: false }, 'L4'],
    [{ poweredOff: false, unrouted: true, commitsBlocked: false, leaseOver: true }, 'L0'],
    [{ poweredOff: false, unrouted: false, commitsBlocked: true, leaseOver: true }, 'L1'],
    [{ poweredOff: true, unrouted: false, commitsBlocked: false, leaseOver: true }, 'L3'],
  ] as const)('%j is %s', (evidence, level) => {
    expect(fenceLevel(evidence)).toBe(level);
  });
});

describe('suffices', () => {
  it.each([
    ['L3', 'L3', true],
    ['L2', 'L3', false],
    ['L2', 'L1', true],
    ['L1', 'L1', true],
    ['L0', 'L1', false],
    ['L4', 'L0', false],
    ['L0', 'L0', true],
    ['L1', 'L0', true],
  ] as const)('%s where %s is required: %s', (reached, required, expected) => {
    expect(suffices(reached, required)).toBe(expected);
  });
});
