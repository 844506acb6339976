/**
 * The chaos tests whole: every journal boundary before and after, and two hundred random instants. `npm test` runs their
 * short form.
 */
import { jest, succeeds } from './check-steps.mjs';
import { programsFile } from './places.mjs';

/** Ten times what it takes on two quiet cores. */
const limitMinutes = 150;

const env = { DR_CHAOS: 'whole', DR_PROGRAMS: programsFile };
const passed = await succeeds(jest('medium', ['--testPathPatterns', 'test/src/chaos/', '--runInBand', '--forceExit']), {
  env,
  timeoutMs: limitMinutes * 60_000,
  onTimeout: () => console.error(`FAILED  the chaos tests did not end within ${limitMinutes} minutes`),
});
process.exitCode = passed ? 0 : 1;
