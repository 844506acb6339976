import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { shellQuote } from '@novacron/drivers';
import { openControl } from './control/control-server.js';
import type { Lab } from './lab.js';
import { compiled } from './layout/folders.js';
import { openWitness } from './network/witness.js';
import { startDns } from './servers/dns.js';
import { startInbox } from './servers/inbox.js';
import { startNats } from './servers/nats.js';
import { startService } from './servers/services.js';
import { createSites } from './sites/site-creation.js';

/** Runs one step of the start and tells how long it took; an interrupted start takes no further step. */
export type Step = <T>(title: string, work: () => Promise<T>) => Promise<T>;

/**
 * Starts everything, in parallel where nothing depends on it, until `ending` is aborted; the first failure aborts it. Settles
 * when no step is under way any more.
 */
export async function bringUp(lab: Lab, ending: AbortController, log: (line: string) => void): Promise<void> {
  const { signal } = ending;
  const step: Step = async (title, work) => {
    signal.throwIfAborted();
    const startedAt = performance.now();
    try {
      const result = await work();
      signal.throwIfAborted();
      log(`${title}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
      return result;
    } catch (error) {
      ending.abort(error);
      throw error;
    }
  };
  await lab.network.open();
  await allSettled([
    writeControlProgram(lab),
    openPorts(lab),
    step('bus', () => startBus(lab)).then(() => startServices(lab, step, (name) => !isMonitor(name))),
    step('dns', () => startInfrastructure(lab, startDns)),
    ...(lab.stores ? [step('inbox', () => startInfrastructure(lab, startInbox))] : []),
    step('router', () => lab.router.start()),
    createSites(lab.sites, step, signal),
  ]);
  // They would take a site that is still being created for one that is lost.
  await startServices(lab, step, isMonitor);
}

const isMonitor = (service: string): boolean => service === 'health-monitor';

async function startServices(lab: Lab, step: Step, which: (service: string) => boolean): Promise<void> {
  const chosen = lab.services.filter(({ service }) => which(service));
  await allSettled(chosen.map((service) => step(service.instance, () => startService(service))));
}

async function startBus(lab: Lab): Promise<void> {
  if (lab.setting.ownBus) await startInfrastructure(lab, startNats);
}

function startInfrastructure(lab: Lab, start: typeof startNats | typeof startDns): Promise<void> {
  return start({ ...lab.setting, register: (server) => lab.supervised.push(server) });
}

async function openPorts(lab: Lab): Promise<void> {
  for (const port of lab.ports.witnesses) lab.witnesses.push(await openWitness(port));
  lab.control = await openControl(lab);
}

/** `bin/labctl`: what the estate file names to start, stop and power off a site's servers. */
async function writeControlProgram({ folders, setting }: Lab): Promise<void> {
  const file = join(folders.bin, 'labctl');
  const program = compiled('commands/labctl.js');
  const script = `#!/bin/sh\nDR_LAB_DIR=${shellQuote(folders.root)} exec ${shellQuote(setting.programs.node)} ${shellQuote(program)} "$@"\n`;
  await writeFile(file, script);
  await chmod(file, 0o755);
}

async function allSettled(work: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(work);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
