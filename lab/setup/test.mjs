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

/** @param {{ name: string, project: string, options: string[] }} part */
async function runTests({ name, project, options }) {
  const file = join(results, `${name}.json`);
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
  // Servers of several suites at once starve each other on a small machine, and chaos wants it for itself; unit tests do no I/O.
  const chaos = 'test/src/chaos';
  const parts = [
    { name: 'unit', project: 'unit', options: [] },
    { name: 'medium', project: 'medium', options: ['--maxWorkers=2', `--testPathIgnorePatterns=${chaos}`] },
    { name: 'chaos', project: 'medium', options: ['--runInBand', `--testPathPatterns=${chaos}`] },
    { name: 'e2e', project: 'e2e', options: ['--runInBand'] },
  ];
  for (const part of parts) {
    if (!stopped) await runTests(part);
  }
} finally {
  rmSync(results, { recursive: true, force: true });
}
if (stopped) total.failed += 1;
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
process.exitCode = total.failed > 0 ? 1 : 0;
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
