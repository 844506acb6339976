import { DrError } from '@novacron/contracts';
import type { Lab } from '../lab.js';
import type { SiteName } from '../layout/ports.js';
import { checkedRequest, invalid, needed } from './verbs.js';

/** What an estate's agent answers: what it was asked about, as it is now. */
export type AgentAnswer = { readonly power: 'on' | 'off' } | { readonly running: boolean };

/** The webhook that the estate file names: power, and the start and stop of one server (docs/operations.md has the protocol). */
export async function obey(lab: Lab, body: unknown): Promise<AgentAnswer> {
  const { action, ...order } = (body ?? {}) as { action?: unknown };
  const { site, component } = checkedRequest({ ...order, mode: undefined });
  assertAgent(lab, site);
  const runs = (): AgentAnswer => ({ running: lab.sites[site].isRunning(needed(component)) });
  switch (action) {
    case 'power-off':
      await lab.powerOff(site);
      return { power: 'off' };
    case 'power-status':
      return { power: lab.sites[site].isPowered ? 'on' : 'off' };
    case 'start':
      await lab.startComponent(site, needed(component));
      return runs();
    case 'stop':
      await lab.stopComponent(site, needed(component));
      return runs();
    case 'status':
      return runs();
    default:
      throw invalid('action', ['power-off', 'power-status', 'start', 'stop', 'status']);
  }
}

/** Throws UNREACHABLE for a site that has no agent now. */
export function assertAgent({ withoutAgent }: Lab, site: SiteName): void {
  if (withoutAgent.has(site)) throw new DrError('UNREACHABLE', `the agent of ${site} does not answer`);
}
