import type { Estate } from '@novacron/contracts';
import { scheduledComponents } from './scheduled-components.js';

const estate = {
  objectives: {
    tiers: [
      { tier: 1, services: ['pay'] },
      { tier: 2, services: ['report', 'mail'] },
    ],
  },
  databases: [
    { name: 'money', services: ['pay', 'report'] },
    { name: 'letters', services: ['mail'] },
    { name: 'loose' },
  ],
} as unknown as Estate;

describe('what a schedule is about', () => {
  it.each([
    [{ components: ['loose'], tier: 1 }, ['loose']],
    [{ tier: 1 }, ['money']],
    [{ tier: 2 }, ['money', 'letters']],
    [{ tier: 3 }, []],
    [{}, undefined],
  ])('%j: %j', (schedule, expected) => {
    expect(scheduledComponents(schedule, estate)).toEqual(expected);
  });
});
