import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest, succeeds } from './check-steps.mjs';

/**
 * One kind of tests: a project of Jest, or a part of it. It is ended when it takes longer than `limitMinutes`.
 * @typedef {{ name: string, project: string, options: string[], limitMinutes: number }} TestPart
 * @typedef {{ passed: number, failed: number, skipped: number, unstable: string[] }} Count
 * @typedef {{ numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites: number, numPendingTests: number,
 *   numTodoTests: number, testResults: { name: string, status: string }[] }} Report
 */

/** More suites than these failing at once are no matter of a busy moment. */
const unstableAtMost = 3;

/**
 * Runs the tests of a part. Suites on real servers that failed get the machine for themselves once more, as a neighbour on a
 * small machine can starve them: what passes then counts as passed, and its name is in `unstable`, to be looked into.
 * @param {TestPart} part
 * @param {{ folder: string, prefix: string[], env: Record<string, string>, stopped: () => boolean }} place
 * @returns {Promise<Count>}
 */
export async function runPart(part, place) {
  const first = await runJest(part, part.name, part.options, place);
  const failed = (first.report?.testResults ?? []).filter(({ status }) => status === 'failed').map(({ name }) => name);
  const again = part.project !== 'unit' && failed.length > 0 && failed.length <= unstableAtMost && !place.stopped();
  if (!again || !first.ended) return { ...count(first), unstable: [] };

  console.log(`once more, alone: ${failed.join(', ')}`);
  const second = await runJest(part, `${part.name}-again`, ['--runInBand', '--runTestsByPath', ...failed], place);
  if (!second.succeeded) return { ...count(first), unstable: [] };
  const { failed: healed, ...rest } = count(first);
  return { ...rest, passed: rest.passed + healed, failed: 0, unstable: failed };
}

/**
 * `--forceExit`: a suite that left something open after its end would keep Jest waiting for ever.
 * @param {TestPart} part @param {string} name @param {string[]} options @param {Parameters<typeof runPart>[1]} place
 */
async function runJest(part, name, options, { folder, prefix, env }) {
  const file = join(folder, `${name}.json`);
  let ended = true;
  const succeeded = await succeeds(jest(part.project, [...options, '--forceExit', '--json', `--outputFile=${file}`]), {
    prefix,
    env,
    timeoutMs: part.limitMinutes * 60_000,
    onTimeout: () => {
      ended = false;
      console.log(`FAILED  ${part.name} tests did not end within ${part.limitMinutes} minutes`);
    },
  });
  return { succeeded, ended, report: readReport(file) };
}

/** @param {string} file @returns {Report | undefined} undefined where Jest did not come to its end */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** A suite that could not even start has no failed tests of its own: it counts as one. @param {{ succeeded: boolean, report: Report | undefined }} run */
function count({ succeeded, report }) {
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  return {
    passed: report.numPassedTests,
    failed: failed || (succeeded ? 0 : 1),
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
