const firstDelaysMs = [100, 100, 250, 1_000, 2_000];
const longestDelayMs = 5_000;

/** A process that lived this long did not die of its start. */
export const provenAfterMs = 5_000;

/** How long to wait before the next start, by how often in a row it died soon after one: never a tight loop. */
export function restartDelayMs(quickDeaths: number): number {
  return firstDelaysMs[quickDeaths] ?? longestDelayMs;
}
