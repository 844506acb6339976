import { constants } from 'node:os';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Turns Ctrl-C and its like into a signal that work can be ended by; the exit code is what a shell gives for it. */
export function interruption(): { signal: AbortSignal; exitCode: () => number } {
  const controller = new AbortController();
  let code = 1;
  for (const name of signals) {
    process.on(name, () => {
      code = 128 + constants.signals[name];
      controller.abort();
    });
  }
  return { signal: controller.signal, exitCode: () => code };
}
