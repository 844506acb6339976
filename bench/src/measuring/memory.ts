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

/** What this process holds after a full collection. */
export function memoryInUse(): MemoryUse {
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { liveBytes: heapUsed + external, residentBytes: rss };
}
