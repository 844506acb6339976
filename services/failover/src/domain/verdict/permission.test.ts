import type { AutomationLevel } from '@novacron/contracts';
import type { AffectedTier } from './affected-tiers.js';
import { lossWords, permissionFor } from './permission.js';

const minute = 60_000;
const tier = (number: number, automation: AutomationLevel, rpoMs: number): AffectedTier => ({
  ...{ tier: number, name: `tier-${number}`, services: ['a'], automation, rpoMs },
});
const reference = [tier(1, 'full', 15 * minute), tier(2, 'partial', 60 * minute), tier(3, 'minimal', 240 * minute)];
const minutes = (n: number) => ({ ms: n * minute, bytes: 1_048_576, rows: 1_200 });

describe('permissionFor', () => {
  it.each<[string, AffectedTier[], AutomationLevel, Parameters<typeof permissionFor>[2], string]>([
    ['all tiers, nothing lost', reference, 'full', 'none', 'act permitted'],
    ['all tiers, within the strictest RPO', reference, 'full', minutes(15), 'act permitted'],
    ['all tiers, beyond it', reference, 'full', minutes(16), 'ask loss-beyond-rpo'],
    ['all tiers, nobody knows', reference, 'full', 'unknown', 'ask loss-unknown'],
    [
      'at the strictest RPO to the millisecond',
      reference,
      'full',
      { ...minutes(15), ms: 15 * minute },
      'act permitted',
    ],
    ['a millisecond beyond it', reference, 'full', { ...minutes(15), ms: 15 * minute + 1 }, 'ask loss-beyond-rpo'],
    ['nobody looked for a while, within the RPO', reference, 'full', { ...minutes(5), atLeast: true }, 'act permitted'],
    [
      'the standby stands before everything that was seen',
      reference,
      'full',
      { ...minutes(1), atLeast: true, openEnded: true },
      'ask loss-unknown',
    ],
    ['partial alone, nothing lost', reference.slice(1), 'full', 'none', 'ask automation-partial'],
    ['minimal alone, nothing lost', reference.slice(2), 'full', 'none', 'none automation-minimal'],
    ['full alone', reference.slice(0, 1), 'full', minutes(1), 'act permitted'],
    ['the estate asks in any case', reference, 'partial', 'none', 'ask automation-partial'],
    ['the estate only reports', reference, 'minimal', 'none', 'none automation-minimal'],
    [
      'a bold tier may not lose the data of a careful one',
      [tier(1, 'full', minute), tier(2, 'full', 60 * minute)],
      'full',
      minutes(2),
      'ask loss-beyond-rpo',
    ],
    [
      'nor may a bold one of lower rank',
      [tier(1, 'minimal', minute), tier(2, 'full', 60 * minute)],
      'full',
      minutes(2),
      'ask loss-beyond-rpo',
    ],
    ['no tier at all', [], 'full', 'none', 'ask automation-partial'],
  ])('%s', (_title, tiers, ceiling, loss, expected) => {
    const { action, code } = permissionFor(tiers, ceiling, loss);

    expect(`${action} ${code}`).toBe(expected);
  });

  it('says what would be lost, and what was promised to whom', () => {
    expect(permissionFor(reference, 'full', minutes(20)).because).toBe(
      'it would lose about 20 min (1200 rows, 1 MiB), more than the RPO of 15 min of tier 1 (tier-1): a human must accept that',
    );
  });
});

describe('lossWords', () => {
  it.each([
    [{ ms: 1_500, bytes: 100, rows: 3 }, 'about 2 s (3 rows, 100 bytes)'],
    [{ ms: 500, bytes: 0, rows: 0 }, 'about 500 ms (0 rows, 0 bytes)'],
    [{ ms: 7_200_000, bytes: 5_368_709_120 }, 'about 2 h (5 GiB)'],
    [{ ms: 90_000, bytes: 2_048, rows: 1, atLeast: true as const }, 'at least 90 s (1 rows, 2 KiB)'],
  ])('%j: %s', (loss, expected) => {
    expect(lossWords(loss)).toBe(expected);
  });
});
