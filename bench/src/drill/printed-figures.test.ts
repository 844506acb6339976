import { printedFigures } from './printed-figures.js';

const output = `[ 1/11] ok   2.1 s  all sites answer
RTO  3.2 s measured, 5.0 s promised
ok   writes away (last acknowledged before → first after the kill): 3.2 s (goal ≤ 6.0 s)
MISS decision → first acknowledged write: 2.4 s (goal ≤ 2.0 s)
ok   acknowledged rows lost: 0 (goal ≤ 0)
ok   whole drill, once set up: 81.2 s (goal ≤ 120.0 s)
drill: FAILED`;

describe('the figures that a drill prints', () => {
  it('are read with their goals', () => {
    expect(printedFigures(output)).toEqual([
      { name: 'outage', value: 3.2, goal: 6, unit: 's' },
      { name: 'decision_to_first_write', value: 2.4, goal: 2, unit: 's' },
      { name: 'lost_rows', value: 0, goal: 0, unit: 'rows' },
      { name: 'drill', value: 81.2, goal: 120, unit: 's' },
    ]);
  });

  it.each([
    [
      'that was not measured',
      output.replace(
        'MISS decision → first acknowledged write: 2.4 s',
        'MISS decision → first acknowledged write: not measured',
      ),
    ],
    ['that is missing', output.replace(/^ok +whole.*$/mu, '')],
  ])('are refused with one %s', (_title, text) => {
    expect(() => printedFigures(text)).toThrow('the drill did not measure');
  });
});
