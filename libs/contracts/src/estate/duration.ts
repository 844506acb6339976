import { DrError } from '../errors/dr-error.js';

const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const pattern = /^(?<amount>\d+(?:\.\d+)?)(?<unit>ms|s|m|h|d)$/u;

/** True for `250ms`, `1s`, `15m`, `4h`, `7d`, `1.2h`. */
export function isDuration(text: unknown): text is string {
  return typeof text === 'string' && pattern.test(text);
}

/** Milliseconds of a duration such as `15m`. @throws DrError INVALID_MESSAGE for anything else. */
export function durationMs(text: string): number {
  const groups = pattern.exec(text)?.groups;
  if (groups === undefined) {
    throw new DrError('INVALID_MESSAGE', `not a duration: ${text}`, {
      hint: 'write a number and ms, s, m, h or d, such as 15m',
    });
  }
  return Math.round(Number(groups['amount']) * unitsMs[groups['unit'] as keyof typeof unitsMs]);
}
