import { randomUUID } from 'node:crypto';
import { jetstream } from '@nats-io/jetstream';
import { type Bus, silentLogger } from '@novacron/bus';
import { DrError, operationSubject } from '@novacron/contracts';
import { Journal, OperationEngine, type Step } from '@novacron/operations';
import { measurePairs, type Paired } from '../measuring/pairs.js';

const steps = 40;
const journalTimeoutMs = 5_000;

export interface StepOverhead {
  /** Records appended to the journal for one step, as counted in the journal. */
  readonly appends: number;
  /** Time of a step that does nothing, beside one append to a journal by the bare client; milliseconds. */
  readonly time: Paired;
}

/** What an operation costs beside the work of its steps: measured on steps without any work. */
export async function stepOverhead(bus: Bus, pairs: number): Promise<StepOverhead> {
  const engine = new OperationEngine({
    ...{ bus, service: 'failover', logger: silentLogger },
    runbooks: [runbookOf('one', 1), runbookOf('many', steps + 1)],
  });
  await engine.start();
  try {
    const run = async (runbook: string): Promise<{ ms: number; records: number }> => {
      const begun = performance.now();
      const { operationId } = await engine.begin({ runbook, params: {} });
      const { state } = await engine.wait(operationId, { timeoutMs: 60_000 });
      if (state !== 'completed') throw new DrError('INTERNAL', `the operation is ${state}, not completed`);
      const ms = performance.now() - begun;
      const journal = await Journal.open(bus, journalTimeoutMs);
      return { ms, records: (await journal.read(operationId)).length };
    };
    const appends: number[] = [];
    const { time } = await measurePairs(
      pairs,
      async () => {
        const [one, many] = [await run('one'), await run('many')];
        appends.push((many.records - one.records) / steps);
        return { time: (many.ms - one.ms) / steps };
      },
      async () => ({ time: await bareAppendMs(bus, steps * 3) }),
    );
    return { appends: Math.max(...appends), time };
  } finally {
    await engine.stop();
  }
}

/** The mean time of an append with compare-and-swap, one after the other. */
async function bareAppendMs(bus: Bus, count: number): Promise<number> {
  const client = jetstream(bus.connection);
  const subject = operationSubject('bare', randomUUID());
  const body = JSON.stringify({ kind: 'intent', step: 'step-1', attempt: 1, at: new Date().toISOString() });
  const begun = performance.now();
  let lastSubjectSequence = 0;
  for (let index = 0; index < count; index += 1) {
    const { seq } = await client.publish(subject, body, { msgID: randomUUID(), expect: { lastSubjectSequence } });
    lastSubjectSequence = seq;
  }
  return (performance.now() - begun) / count;
}

function runbookOf(name: string, count: number) {
  return { name, version: '1', nodes: Array.from({ length: count }, (_, index) => idleStep(`step-${index + 1}`)) };
}

function idleStep(name: string): Step {
  return {
    name,
    title: `does nothing (${name})`,
    timeoutMs: 10_000,
    attempts: 1,
    capture: async () => ({}),
    probe: async () => undefined,
    run: async () => ({ done: true }),
    verify: async () => {},
    undo: async () => {},
  };
}
