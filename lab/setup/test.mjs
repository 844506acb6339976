/**
 * Every test there is, each kind after the other: the checks, each of which counts as one test, then unit, medium and
 * end-to-end tests, without root's rights, as PostgreSQL refuses them. The last line says how many passed and failed.
 */
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkSteps, passes } from './check-steps.mjs';
import { asOrdinaryUser, ordinaryUser } from './ordinary-user.mjs';
import { programsFile } from './places.mjs';
import { runPart } from './test-part.mjs';

/** Set when the run is told to stop: what did not run must not look as if it had passed. */
let stopped = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (stopped = true));

// Servers of several suites at once starve each other on a small machine, and chaos wants it for itself; unit tests do no I/O.
const chaos = 'test/src/chaos';
/** @type {import('./test-part.mjs').TestPart[]} */
const parts = [
  { name: 'unit', project: 'unit', options: [], limitMinutes: 10 },
  {
    name: 'medium',
    project: 'medium',
    options: ['--maxWorkers=2', `--testPathIgnorePatterns=${chaos}`],
    limitMinutes: 46,
  },
  { name: 'chaos', project: 'medium', options: ['--runInBand', `--testPathPatterns=${chaos}`], limitMinutes: 20 },
  { name: 'e2e', project: 'e2e', options: ['--runInBand'], limitMinutes: 15 },
];

const total = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
const unstable = [];
/** @type {string[]} */
const failures = [];
const folder = mkdtempSync(join(tmpdir(), 'novacron-test-'));
const user = ordinaryUser();
if (user) chownSync(folder, user.uid, user.gid);

try {
  for (const step of checkSteps) {
    if (stopped) break;
    const passed = await passes(step);
    total[passed ? 'passed' : 'failed'] += 1;
    if (!passed) failures.push(step.name);
  }
  const { prefix, env } = asOrdinaryUser();
  const place = { folder, prefix, env: { ...env, DR_PROGRAMS: programsFile }, stopped: () => stopped };
  for (const part of parts) {
    if (stopped) break;
    const count = await runPart(part, place);
    total.passed += count.passed;
    total.failed += count.failed;
    total.skipped += count.skipped;
    unstable.push(...count.unstable);
    failures.push(...count.failures);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (stopped) total.failed += 1;
// Once more at the end, where whoever has only the last lines of a long run finds them.
for (const line of failures) console.log(`failed: ${line}`);
for (const name of unstable) console.log(`unstable, passed at the second try alone: ${name}`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
process.exitCode = total.failed > 0 ? 1 : 0;
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
