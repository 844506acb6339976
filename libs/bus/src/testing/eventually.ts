import { setTimeout as sleep } from 'node:timers/promises';

/** The first defined value of `look`, asked again until the deadline; the last error or "not in time" after it. */
export async function eventually<T>(
  look: () => Promise<T | undefined> | T | undefined,
  options: { readonly timeoutMs?: number; readonly pauseMs?: number; readonly what?: string } = {},
): Promise<T> {
  const deadline = performance.now() + (options.timeoutMs ?? 15_000);
  let last: unknown;
  for (;;) {
    try {
      const value = await look();
      if (value !== undefined && (value as unknown) !== false) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`not in time: ${options.what ?? 'the condition'}`, last === undefined ? {} : { cause: last });
    }
    await sleep(options.pauseMs ?? 20);
  }
}
