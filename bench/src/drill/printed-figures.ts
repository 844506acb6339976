import { DrError } from '@novacron/contracts';

/** What a drill prints at its end, by the words it uses. */
const printed = [
  { name: 'outage', words: 'writes away' },
  { name: 'decision_to_first_write', words: 'decision → first acknowledged write' },
  { name: 'lost_rows', words: 'acknowledged rows lost' },
  { name: 'drill', words: 'whole drill' },
] as const;

export type DrillFigureName = (typeof printed)[number]['name'];

export interface PrintedFigure {
  readonly name: DrillFigureName;
  readonly value: number;
  readonly goal: number;
  readonly unit: 's' | 'rows';
}

/**
 * The figures in what a drill printed; each line says value and goal: `ok   whole drill, once set up: 81.2 s (goal ≤ 120.0 s)`.
 * @throws DrError VERIFY_FAILED naming a figure that is missing or was not measured.
 */
export function printedFigures(output: string): PrintedFigure[] {
  const lines = output.split('\n').filter((line) => /^(?:ok|MISS) /u.test(line));
  return printed.map(({ name, words }) => {
    const line = lines.find((candidate) => candidate.slice(5).startsWith(words));
    const found = /: (?<value>[\d.]+)(?<seconds> s)? \(goal ≤ (?<goal>[\d.]+)/u.exec(line ?? '')?.groups;
    if (found === undefined) throw new DrError('VERIFY_FAILED', `the drill did not measure: ${words}`);
    const unit = found['seconds'] === undefined ? 'rows' : 's';
    return { name, value: Number(found['value']), goal: Number(found['goal']), unit };
  });
}
