import { setTimeout as delay } from 'node:timers/promises';
import type { Benchmark } from '../benchmark.js';
import type { Figure } from '../measuring/figure.js';
import { medianPair } from '../measuring/pairs.js';
import { quantile } from '../measuring/statistics.js';
import { type Loss, OurSide } from './our-side.js';
import { PatroniSide } from './patroni-side.js';
import { defaults, fastest, type PatroniPace } from './patroni-settings.js';

/** What all losses of a run have measured of ours, milliseconds. */
interface Samples {
  readonly decisionToWrite: number[];
  readonly moves: number[];
  lostRows: number;
}

/** One line of the comparison: what is lost, and at which pace each side watches. */
interface Comparison {
  readonly name: string;
  readonly loss: Loss;
  readonly pace: PatroniPace;
  readonly goal: number;
  readonly pairs: number;
  /** A loss falls anywhere between two looks of either side. */
  readonly spreadMs: number;
}

/** A 95th percentile of fewer would be their slowest. */
const lossesAtLeast = 20;

export const failoverBenchmark: Benchmark = {
  name: 'failover',
  summary: 'the primary lost, customers writing through the router every 20 ms; planned moves',
  peer: 'Patroni',
  run: async ({ whole, log }) => {
    const times = whole ? 3 : 1;
    const samples: Samples = { decisionToWrite: [], moves: [], lostRows: 0 };
    const patroni = await PatroniSide.start();
    try {
      const quick: Comparison[] = [
        { name: 'host_killed_1s_probes', loss: 'host', pace: fastest, goal: 0.3, pairs: 3 * times, spreadMs: 1_000 },
        { name: 'postmaster_killed', loss: 'postmaster', pace: fastest, goal: 1, pairs: 3 * times, spreadMs: 1_000 },
      ];
      const slow: Comparison[] = [
        { name: 'host_killed_10s_probes', loss: 'host', pace: defaults, goal: 0.7, pairs: 2 * times, spreadMs: 10_000 },
      ];
      const figures = await withOurs(1, async (ours) => {
        const found = await compare(quick, ours, patroni, samples, log);
        for (let left = lossesAtLeast - samples.decisionToWrite.length; left > 0; left -= 1)
          await round(ours, 'host', samples, log);
        samples.lostRows += await ours.lostRows();
        return found;
      });
      figures.push(
        ...(await withOurs(10, async (ours) => {
          const found = await compare(slow, ours, patroni, { ...samples, decisionToWrite: [] }, log);
          samples.lostRows += await ours.lostRows();
          return found;
        })),
      );
      return [...figures, ...ownFigures(samples)];
    } finally {
      await patroni.stop();
    }
  },
};

async function withOurs<T>(probeSeconds: number, work: (ours: OurSide) => Promise<T>): Promise<T> {
  const ours = await OurSide.start(probeSeconds);
  try {
    return await work(ours);
  } finally {
    await ours.stop();
  }
}

async function compare(
  comparisons: readonly Comparison[],
  ours: OurSide,
  patroni: PatroniSide,
  samples: Samples,
  log: (line: string) => void,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { name, loss, pace, goal, pairs, spreadMs } of comparisons) {
    await patroni.setPace(pace);
    const measured: [number, number][] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      const found = { ours: 0, patroni: 0 };
      const turns = [
        async () => void (found.ours = await round(ours, loss, samples, log, spreadMs)),
        async () => {
          await delay(Math.random() * spreadMs);
          found.patroni = await patroni.lose(loss);
          log(`${loss} lost: Patroni ${seconds(found.patroni)}`);
        },
      ];
      if (pair % 2 === 1) turns.reverse();
      for (const turn of turns) await turn();
      measured.push([found.ours, found.patroni]);
    }
    const { value, peer, ratio } = medianPair(measured);
    const settings = `Patroni, ttl ${pace.ttl}, loop_wait ${pace.loop_wait}`;
    figures.push({
      ...{ name, unit: 's', ratio, goal: { atMost: goal } },
      ...{ value: value / 1_000, peer: { name: settings, value: peer / 1_000 } },
    });
  }
  return figures;
}

/** One loss and the way home; returns for how long customers could not write, milliseconds. */
async function round(
  ours: OurSide,
  loss: Loss,
  samples: Samples,
  log: (line: string) => void,
  spreadMs = 1_000,
): Promise<number> {
  await delay(Math.random() * spreadMs);
  const { outageMs, decisionToWriteMs } = await ours.lose(loss);
  samples.decisionToWrite.push(decisionToWriteMs);
  const movedMs = await ours.comeHome();
  samples.moves.push(movedMs);
  log(`${loss} lost: ours ${seconds(outageMs)}, ${seconds(decisionToWriteMs)} of it decided; home ${seconds(movedMs)}`);
  return outageMs;
}

function ownFigures({ decisionToWrite, moves, lostRows }: Samples): Figure[] {
  const inSeconds = (samples: readonly number[]): number => quantile(samples, 0.95) / 1_000;
  return [
    {
      name: `decision_to_first_write_p95_of_${decisionToWrite.length}`,
      value: inSeconds(decisionToWrite),
      unit: 's',
      goal: { atMost: 1 },
    },
    { name: `planned_move_p95_of_${moves.length}`, value: inSeconds(moves), unit: 's', goal: { atMost: 1.5 } },
    { name: 'acknowledged_rows_lost', value: lostRows, unit: 'rows', goal: { atMost: 0 } },
  ];
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1_000).toFixed(2)} s`;
}
