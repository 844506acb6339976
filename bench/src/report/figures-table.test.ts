import type { Figure } from '../measuring/figure.js';
import { figuresLine, figuresTable } from './figures-table.js';

const beside: Figure = {
  name: 'consumed',
  value: 8123.456,
  unit: 'events/s',
  peer: { name: 'bare client', value: 10_000 },
  ratio: 0.8123456,
  goal: { atLeast: 0.7 },
};
const alone: Figure = { name: 'outage', value: 6500, unit: 'ms', goal: { atMost: 6000 } };

describe('figures', () => {
  it('are one line of JSON with the agreed fields', () => {
    const line = figuresLine('bus', [beside, alone]);
    expect(line).not.toContain('\n');
    expect(JSON.parse(line)).toEqual({
      bench: 'bus',
      figures: {
        consumed: { value: 8123, unit: 'events/s', goal: 0.7, peer: 10_000, ratio: 0.8123, met: true },
        outage: { value: 6500, unit: 'ms', goal: 6000, peer: null, ratio: null, met: false },
      },
    });
  });

  it('are judged by the ratio where there is a peer, else by the value', () => {
    const table = figuresTable([beside, { ...beside, ratio: 0.69 }, alone, { ...alone, value: 6000 }]);
    expect(table.split('\n').map((line) => /met|MISSED/u.exec(line)?.[0])).toEqual([
      ...[undefined, 'met', 'MISSED', 'MISSED', 'met'],
    ]);
    expect(table).toMatch(/8,123 events\/s +10,000 \(bare client\) +0\.81 +≥ 0\.7 of peer/u);
  });
});
