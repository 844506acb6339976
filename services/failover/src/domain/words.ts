/** Figures as a person says them: for reasons that are read in the middle of the night. */

export function durationWords(ms: number): string {
  if (ms < 1_000) return `${Math.ceil(ms)} ms`;
  if (ms < 120_000) return `${Math.ceil(ms / 1_000)} s`;
  if (ms < 2 * 3_600_000) return `${Math.ceil(ms / 60_000)} min`;
  return `${Math.round(ms / 360_000) / 10} h`;
}

export function bytesWords(bytes: number): string {
  if (bytes < 1_024) return `${bytes} bytes`;
  if (bytes < 1_048_576) return `${Math.round(bytes / 102.4) / 10} KiB`;
  if (bytes < 1_073_741_824) return `${Math.round(bytes / 104_857.6) / 10} MiB`;
  return `${Math.round(bytes / 107_374_182.4) / 10} GiB`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listWords(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
