import { DrError } from '@novacron/contracts';
import { type AppMode, appModes } from '../app/app-config.js';
import type { Lab } from '../lab.js';
import { type SiteName, siteNames } from '../layout/ports.js';
import { type Component, components } from '../sites/site.js';

export interface VerbRequest {
  readonly site: SiteName;
  readonly component?: Component;
  readonly delayMs?: number;
  readonly mode?: AppMode;
}

/** What can be asked of a running lab's site. Each answers with a sentence for a person. */
export const verbs = {
  kill: async (lab, { site }) => {
    const count = lab.sites[site].pids.length;
    await lab.kill(site);
    return `${site}: ${count} servers killed; dead until revived`;
  },
  revive: async (lab, { site }) => {
    await lab.revive(site);
    const quarantined = lab.sites[site].servers.filter(({ state }) => state === 'quarantined');
    const held = quarantined.map(({ reason }) => `\n  held by the start guard: ${reason}`).join('');
    return `${site}: revived${held}`;
  },
  partition: async (lab, { site }) => {
    await lab.partition(site);
    return `${site}: cut off; nothing gets in or out until healed`;
  },
  heal: async (lab, { site }) => {
    await lab.heal(site);
    return `${site}: its network is whole`;
  },
  slow: async (lab, { site, delayMs }) => {
    const added = delayMs ?? 0;
    await lab.slow(site, added);
    return `${site}: everything takes ${added} ms longer in each direction`;
  },
  corrupt: async (lab, { site }) => `${site}: flipped ${await lab.corrupt(site)}`,
  'power-off': async (lab, { site }) => {
    await lab.powerOff(site);
    return `${site}: off`;
  },
  start: async (lab, { site, component }) => {
    await lab.startComponent(site, needed(component));
    return `${site}: ${component} runs`;
  },
  stop: async (lab, { site, component }) => {
    await lab.stopComponent(site, needed(component));
    return `${site}: ${component} is stopped`;
  },
  running: (lab, { site, component }) => {
    if (lab.sites[site].isRunning(needed(component))) return Promise.resolve(`${site}: ${component} runs`);
    throw new DrError('PRECONDITION_FAILED', `${component} of ${site} does not run`);
  },
  'app-mode': async (lab, { site, mode }) => {
    if (mode === undefined) throw invalid('mode', appModes);
    await lab.sites[site].switchApp(mode);
    return `${site}: application is ${mode}`;
  },
  'power-status': (lab, { site }) => {
    if (lab.sites[site].isPowered) return Promise.resolve(`${site}: on`);
    throw new DrError('PRECONDITION_FAILED', `${site} is off`);
  },
} as const satisfies Record<string, (lab: Lab, request: VerbRequest) => Promise<string>>;

/** What an estate's own agents are asked for. */
export const agentVerbs: readonly string[] = ['power-off', 'start', 'stop', 'running', 'app-mode', 'power-status'];

export type Verb = keyof typeof verbs;

export function isVerb(name: string): name is Verb {
  return Object.hasOwn(verbs, name);
}

/** A request as it came over the wire. Throws INVALID_MESSAGE naming the field that is wrong. */
export function checkedRequest(body: unknown): VerbRequest {
  const { site, component, delayMs, mode } = (body ?? {}) as Record<string, unknown>;
  const known = siteNames.find((name) => name === site);
  if (known === undefined) throw invalid('site', siteNames);
  const part = components.find((name) => name === component);
  if (component !== undefined && part === undefined) throw invalid('component', components);
  if (delayMs !== undefined && !(typeof delayMs === 'number' && delayMs >= 0 && delayMs <= 60_000)) {
    throw invalid('delayMs', ['0 to 60000']);
  }
  const wanted = appModes.find((name) => name === mode);
  if (mode !== undefined && wanted === undefined) throw invalid('mode', appModes);
  return {
    site: known,
    ...(part && { component: part }),
    ...(wanted && { mode: wanted }),
    ...(delayMs === undefined ? {} : { delayMs }),
  };
}

export function needed(component: Component | undefined): Component {
  if (component === undefined) throw invalid('component', components);
  return component;
}

export function invalid(field: string, allowed: readonly string[]): DrError {
  const details = [{ path: field, problem: `must be one of ${allowed.join(', ')}` }];
  return new DrError('INVALID_MESSAGE', `${field} is missing or wrong`, { details });
}
