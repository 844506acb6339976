import { DrError } from '@novacron/contracts';
import type { Benchmark } from '../benchmark.js';
import type { Figure } from '../measuring/figure.js';
import { median } from '../measuring/statistics.js';
import { runDrillProgram } from './drill-program.js';
import { printedFigures } from './printed-figures.js';

export const drillBenchmark: Benchmark = {
  name: 'drill',
  summary: 'whole disasters one after the other, medians of their figures',
  peer: 'their goals',
  run: async ({ whole, log }) => {
    const count = whole ? 10 : 3;
    const drills: ReturnType<typeof printedFigures>[] = [];
    let passed = 0;
    for (let run = 1; run <= count; run += 1) {
      log(`drill ${run} of ${count}`);
      const drill = await runDrillProgram();
      if (drill.passed) passed += 1;
      else log(`it did not pass:\n${drill.output}`);
      const figures = printedFigures(drill.output);
      log(figures.map(({ name, value, unit }) => `${name} ${value} ${unit}`).join(', '));
      drills.push(figures);
    }
    const medians = (drills[0] ?? []).map(({ name, goal, unit }): Figure => {
      const values = drills.map((figures) => {
        const found = figures.find((figure) => figure.name === name);
        if (found === undefined) throw new DrError('VERIFY_FAILED', `a drill did not measure ${name}`);
        return found.value;
      });
      // Of lost rows no median counts: one drill that loses some is one too many.
      const value = name === 'lost_rows' ? Math.max(...values) : median(values);
      return { name, value, unit, goal: { atMost: goal } };
    });
    return [{ name: 'passed', value: passed, unit: `of ${count}`, goal: { atLeast: count } }, ...medians];
  },
};
