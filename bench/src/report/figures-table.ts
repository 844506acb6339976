import { type Figure, type Goal, isMet } from '../measuring/figure.js';

const columns = ['figure', 'measured', 'peer', 'ratio', 'goal', ''] as const;

/** The figures for a person. */
export function figuresTable(figures: readonly Figure[]): string {
  const rows = [columns, ...figures.map(rowOf)];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The figures for a program: one line of JSON (DESIGN §6). */
export function figuresLine(bench: string, figures: readonly Figure[]): string {
  const entries = figures.map((figure) => [
    figure.name,
    {
      value: rounded(figure.value),
      unit: figure.unit,
      goal: limitOf(figure.goal),
      peer: figure.peer === undefined ? null : rounded(figure.peer.value),
      ratio: figure.ratio === undefined ? null : rounded(figure.ratio),
      met: isMet(figure),
    },
  ]);
  return JSON.stringify({ bench, figures: Object.fromEntries(entries) });
}

function rowOf(figure: Figure): string[] {
  const { name, value, unit, peer, ratio, goal } = figure;
  const sign = 'atLeast' in goal ? '≥' : '≤';
  return [
    name,
    `${shown(value)} ${unit}`,
    peer === undefined ? '' : `${shown(peer.value)} (${peer.name})`,
    ratio === undefined ? '' : ratio.toFixed(2),
    `${sign} ${limitOf(goal)}${ratio === undefined ? ` ${unit}` : ' of peer'}`,
    isMet(figure) ? 'met' : 'MISSED',
  ];
}

function limitOf(goal: Goal): number {
  return 'atLeast' in goal ? goal.atLeast : goal.atMost;
}

/** Four digits say all that a measurement on a shared machine can. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

function shown(value: number): string {
  return rounded(value).toLocaleString('en-US', { maximumFractionDigits: 3 });
}
