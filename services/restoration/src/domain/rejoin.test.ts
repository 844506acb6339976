import { adviseRejoin } from './rejoin.js';

const active = {
  systemIdentifier: '7',
  timeline: 3,
  history: [
    { timeline: 1, switchLsn: '0/3000000' },
    { timeline: 2, switchLsn: '0/5000000' },
  ],
};
const home = { systemIdentifier: '7', timeline: 2, endLsn: '0/5000100', follows: false };

describe('adviseRejoin', () => {
  it.each([
    [
      'a timeline that was left, with WAL behind the parting',
      home,
      { advice: 'rewind', orphanBytes: 256, switchLsn: '0/5000000' },
    ],
    [
      'a timeline that was left, with nothing behind it',
      { ...home, endLsn: '0/4FFFF00' },
      { advice: 'rewind', orphanBytes: 0, switchLsn: '0/5000000' },
    ],
    [
      'an older timeline',
      { ...home, timeline: 1 },
      { advice: 'rewind', orphanBytes: 0x2000100, switchLsn: '0/3000000' },
    ],
    ['the active timeline', { ...home, timeline: 3 }, { advice: 'rewind', orphanBytes: 0 }],
    [
      'a timeline the active one does not descend from',
      { ...home, timeline: 4 },
      { advice: 'rebuild', orphanBytes: 0 },
    ],
    ['another system', { ...home, systemIdentifier: '8' }, { advice: 'rebuild', orphanBytes: 0 }],
    ['a standby that streams already', { ...home, follows: true }, { advice: 'none', orphanBytes: 0 }],
  ] as const)('%s', (_what, data, advice) => {
    expect(adviseRejoin(data, active)).toEqual(advice);
  });
});
