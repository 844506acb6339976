import { DrError } from '@novacron/contracts';
import { bringUp } from './bring-up.js';
import { Lab } from './lab.js';
import { type LabOptions, prepareLab } from './lab-setting.js';

/**
 * Resolves when every server answers and replication is as the estate says. Throws PORT_TAKEN, ALREADY_RUNNING,
 * PROGRAM_MISSING or what a server died of; nothing is left running then.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const setting = await prepareLab(options);
  const lab = new Lab(setting, options);
  const ending = new AbortController();
  const interrupt = (): void =>
    ending.abort(new DrError('CONFLICT', 'interrupted while starting', { hint: 'start it again' }));
  if (options.signal?.aborted === true) interrupt();
  options.signal?.addEventListener('abort', interrupt, { once: true });
  const work = bringUp(lab, ending, options.log ?? (() => undefined));
  try {
    await Promise.race([work, rejectWhenAborted(ending.signal)]);
    await lab.written();
    return lab;
  } catch (error) {
    ending.abort(error);
    // What is being started while we stop is there to be stopped once that has settled.
    await lab.stopServers();
    await work.catch(() => undefined);
    await lab.stop();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', interrupt);
  }
}

function rejectWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stopWaiting = (): void => reject(DrError.from(signal.reason));
    if (signal.aborted) stopWaiting();
    else signal.addEventListener('abort', stopWaiting, { once: true });
  });
}
