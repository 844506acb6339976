import type { Finding, Probe } from '../checks/probe.js';

/** One look as a vantage takes it: what was found, a reason where it is degraded; it throws where the target has failed. */
export async function look(probe: Probe, limitMs = 5_000): Promise<Finding> {
  return (await probe.probe(AbortSignal.timeout(limitMs))) ?? {};
}
