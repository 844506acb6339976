/**
 * Every test there is, each kind after the other: the checks, each of which counts as one test, then unit, medium and
 * end-to-end tests, without root's rights, as PostgreSQL refuses them. The last line says how many passed and failed.
 */
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkSteps, jest, passes, succeeds } from './check-steps.mjs';
import { asOrdinaryUser, ordinaryUser } from './ordinary-user.mjs';
import { programsFile } from './places.mjs';

/** Set when the run is told to stop: what did not run must not look as if it had passed. */
let stopped = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (stopped = true));

const total = { passed: 0, failed: 0, skipped: 0 };
const results = mkdtempSync(join(tmpdir(), 'novacron-test-'));
const user = ordinaryUser();
if (user) chownSync(results, user.uid, user.gid);

/** @param {string} project @param {string[]} options */
async function runTests(project, options) {
  const file = join(results, `${project}.json`);
  const { prefix, env } = asOrdinaryUser();
  const succeeded = await succeeds(jest(project, [...options, '--json', `--outputFile=${file}`]), {
    prefix,
    env: { ...env, DR_PROGRAMS: programsFile },
  });
  const counted = count(file);
  total.passed += counted.passed;
  total.skipped += counted.skipped;
  total.failed += counted.failed || (succeeded ? 0 : 1);
}

/** A suite that could not even start has no failed tests of its own: it counts as one. @param {string} file */
function count(file) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    const skipped = report.numPendingTests + report.numTodoTests;
    return { passed: report.numPassedTests, failed: report.numFailedTests + report.numRuntimeErrorTestSuites, skipped };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

try {
  for (const step of checkSteps) {
    if (!stopped) total[(await passes(step)) ? 'passed' : 'failed'] += 1;
  }
  // Servers of several suites at once starve each other on a small machine; unit tests do no I/O.
  const kinds = { unit: [], medium: ['--maxWorkers=2'], e2e: ['--runInBand'] };
  for (const [project, options] of Object.entries(kinds)) {
    if (!stopped) await runTests(project, options);
  }
} finally {
  rmSync(results, { recursive: true, force: true });
}
if (stopped) total.failed += 1;
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
process.exitCode = total.failed > 0 ? 1 : 0;
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
