import type { BackendServer } from '@novacron/drivers';
import type { FailoverTargets } from './failover-targets.js';

/** Every server of every backend, on every instance, as it is now. */
export async function serversOf({ backends }: FailoverTargets): Promise<BackendServer[]> {
  return (await Promise.all(backends.map(({ runtime, backend }) => runtime.servers(backend)))).flat();
}

/** Puts every server back into the state it had; those that take traffic come last. */
export async function restoreServers({ backends }: FailoverTargets, captured: readonly BackendServer[]): Promise<void> {
  await Promise.all(
    backends.map(({ runtime, backend }) => runtime.restore(captured.filter((entry) => entry.backend === backend))),
  );
}
