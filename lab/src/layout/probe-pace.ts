import { DrError } from '@novacron/contracts';

const usual = /^ {2}interval: 1s\n {2}timeout: 800ms\n {2}fastInterval: 400ms\n {2}slowAfter: 500ms\n/mu;
const longestSeconds = 60;

/**
 * What makes the estate's vantages look every so many seconds, from `DR_LAB_PROBE_SECONDS`: for a machine on which a look each
 * second, at everything and by all of them, leaves too little time for what is looked at. Undefined for the usual second.
 * Throws INVALID_CONFIG.
 */
export function probePaceFrom(env: NodeJS.ProcessEnv): ((estate: string) => string) | undefined {
  const text = env.DR_LAB_PROBE_SECONDS;
  if (text === undefined || text === '' || text === '1') return undefined;
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > longestSeconds)
    throw new DrError('INVALID_CONFIG', `DR_LAB_PROBE_SECONDS is ${JSON.stringify(text)}`, {
      hint: `give whole seconds from 1 to ${longestSeconds}, such as DR_LAB_PROBE_SECONDS=3`,
    });
  const [timeoutMs, fastMs, slowMs] = [800, 400, 500].map((ms) => ms * seconds);
  const slower = `  interval: ${seconds}s\n  timeout: ${timeoutMs}ms\n  fastInterval: ${fastMs}ms\n  slowAfter: ${slowMs}ms\n`;
  return (estate) => {
    if (!usual.test(estate)) throw new DrError('INVALID_CONFIG', 'the lab’s estate has another pace of probes');
    return estate.replace(usual, slower);
  };
}
