import type { Figure } from './measuring/figure.js';

export interface BenchmarkOptions {
  /** The long form: what takes too long for every day. */
  readonly whole: boolean;
  /** Pairs to measure, where another number than the usual one is wanted. */
  readonly pairs?: number;
  /** Says what is being measured; never on the last line. */
  readonly log: (line: string) => void;
}

/** What one word after `npm run bench --` measures. */
export interface Benchmark {
  readonly name: string;
  readonly summary: string;
  /** What it is measured beside. */
  readonly peer: string;
  /** Rejects when it could not measure; a goal that is missed is a result like any other. */
  run(options: BenchmarkOptions): Promise<readonly Figure[]>;
}
