/**
 * The chaos tests whole: every journal boundary before and after, and two hundred random instants. `npm test` runs their
 * short form.
 */
import { jest, succeeds } from './check-steps.mjs';
import { programsFile } from './places.mjs';

const env = { DR_CHAOS: 'whole', DR_PROGRAMS: programsFile };
const passed = await succeeds(jest('medium', ['--testPathPatterns', 'test/src/chaos/', '--runInBand']), { env });
process.exitCode = passed ? 0 : 1;
