import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** A full collection, now. */
export function collectGarbage(): void {
  gc();
}

export interface MemoryUse {
  /** What is reachable: JavaScript's heap and the buffers that belong to it, bytes. */
  readonly liveBytes: number;
  readonly residentBytes: number;
}

/** What this process holds after all that is garbage was collected. */
export async function memoryInUse(): Promise<MemoryUse> {
  collectGarbage();
  // Finalizers run between two turns, and free more.
  await nextTurn();
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { liveBytes: heapUsed + external, residentBytes: rss };
}
