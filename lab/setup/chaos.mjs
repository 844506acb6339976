/**
 * The chaos tests whole: every journal boundary before and after, two hundred random instants, every fault of an estate at every
 * step. `npm test` runs their short form. Arguments: a word that the wanted tests' folder matches, then options for Jest.
 *
 *     npm run chaos -- failover -t 'old primary'
 */
import { join } from 'node:path';
import { jest, succeeds } from './check-steps.mjs';
import { programsFile } from './places.mjs';

/** Three times what it takes on two quiet cores. */
const limitMinutes = 150;

const [first = '', ...others] = process.argv.slice(2);
const isWord = !first.startsWith('-');
const word = isWord ? first : '';
const options = [
  '--testPathPatterns',
  // Of the services, tests of `npm test` too, which have more faults, more deaths and a longer outage here.
  `test/src/chaos/${word}|services/${word}[^/]*/src/(?:chaos/|health-monitor.medium)`,
  ...(isWord ? others : process.argv.slice(2)),
  '--runInBand',
  '--forceExit',
  ...['default', join(import.meta.dirname, 'each-case.mjs')].map((reporter) => `--reporters=${reporter}`),
];

const env = { DR_CHAOS: 'whole', DR_PROGRAMS: programsFile };
const passed = await succeeds(jest('medium', options), {
  env,
  timeoutMs: limitMinutes * 60_000,
  onTimeout: () => console.error(`FAILED  the chaos tests did not end within ${limitMinutes} minutes`),
});
process.exitCode = passed ? 0 : 1;
