import { fenceLevel, suffices } from './fence-level.js';

describe('fenceLevel', () => {
  it.each([
    [{ poweredOff: true, unrouted: false, commitsBlocked: false }, 'L3'],
    [{ poweredOff: true, unrouted: true, commitsBlocked: true }, 'L3'],
    [{ poweredOff: false, unrouted: true, commitsBlocked: true }, 'L2'],
    [{ poweredOff: false, unrouted: false, commitsBlocked: true }, 'L1'],
    [{ poweredOff: false, unrouted: true, commitsBlocked: false }, 'L4'],
    [{ poweredOff: false, unrouted: false, commitsBlocked: false }, 'L4'],
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
  ] as const)('%s where %s is required: %s', (reached, required, expected) => {
    expect(suffices(reached, required)).toBe(expected);
  });
});
