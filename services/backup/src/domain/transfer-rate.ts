export interface TransferProgress {
  readonly doneBytes: number;
  readonly totalBytes?: number;
  readonly bytesPerSecond: number;
  /** Undefined while nothing has moved, or where nobody knows how much there is. */
  readonly remainingMs?: number;
}

/** How fast something goes and how long it will take, from what it has done since it began. */
export function transferProgress(doneBytes: number, elapsedMs: number, totalBytes?: number): TransferProgress {
  const bytesPerSecond = elapsedMs <= 0 ? 0 : Math.round((doneBytes * 1_000) / elapsedMs);
  if (totalBytes === undefined) return { doneBytes, bytesPerSecond };
  // The server only estimates how much there is: nothing is left when there was more than that.
  const leftBytes = Math.max(0, totalBytes - doneBytes);
  const remaining = bytesPerSecond === 0 ? {} : { remainingMs: Math.round((leftBytes * 1_000) / bytesPerSecond) };
  return { doneBytes, totalBytes: Math.max(totalBytes, doneBytes), bytesPerSecond, ...remaining };
}
