import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { jest, succeeds } from './check-steps.mjs';
import { root } from './places.mjs';

/**
 * One kind of tests: a project of Jest, or a part of it. It is ended when it takes longer than `limitMinutes`.
 * @typedef {{ name: string, project: string, options: string[], limitMinutes: number }} TestPart
 * @typedef {{ passed: number, failed: number, skipped: number, unstable: string[], failures: string[] }} Count
 * @typedef {{ name: string, status: string, message?: string,
 *   assertionResults?: { fullName: string, status: string, failureMessages: string[] }[] }} SuiteResult
 * @typedef {{ numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites: number, numPendingTests: number,
 *   numTodoTests: number, testResults: SuiteResult[] }} Report
 */

/** More suites than these failing at once, one in twenty, are no matter of a busy moment. */
const unstableAtMost = 6;
/** For those, of which each has the machine for itself. */
const againMinutes = 15;

/**
 * Runs the tests of a part. Suites on real servers that failed get the machine for themselves once more, as a neighbour on a
 * small machine can starve them: what passes then counts as passed, and its name is in `unstable`, to be looked into.
 * What failed, at the first try or at both, is in `failures`, a line each.
 * @param {TestPart} part
 * @param {{ folder: string, prefix: string[], env: Record<string, string>, stopped: () => boolean }} place
 * @returns {Promise<Count>}
 */
export async function runPart(part, place) {
  const first = await runJest(part, part.name, part.options, place);
  const failedSuites = (first.report?.testResults ?? []).filter(({ status }) => status === 'failed');
  const failed = failedSuites.map(({ name }) => name);
  const failures = first.report ? failedSuites.flatMap(failureLines) : [`${part.name} tests did not come to their end`];
  const again = part.project !== 'unit' && failed.length > 0 && failed.length <= unstableAtMost && !place.stopped();
  if (!again || !first.ended) return { ...count(first), unstable: [], failures };

  console.log(`once more, alone: ${failed.join(', ')}`);
  const alone = { ...part, name: `${part.name}-again`, limitMinutes: againMinutes };
  const second = await runJest(alone, alone.name, ['--runInBand', '--runTestsByPath', ...failed], place);
  if (!second.succeeded) {
    const twice = (second.report?.testResults ?? []).filter(({ status }) => status === 'failed').flatMap(failureLines);
    return { ...count(first), unstable: [], failures: [...failures, ...twice.map((line) => `again: ${line}`)] };
  }
  const { failed: healed, ...rest } = count(first);
  return { ...rest, passed: rest.passed + healed, failed: 0, unstable: failed, failures };
}

/** A line for each test of a suite that failed: where, which, and the first words of why. @param {SuiteResult} suite */
function failureLines({ name, message = '', assertionResults = [] }) {
  const suite = relative(root, name);
  const failed = assertionResults.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return [`${suite}: ${firstLine(message)}`];
  return failed.map(({ fullName, failureMessages }) => `${suite}: ${fullName}: ${firstLine(failureMessages[0] ?? '')}`);
}

/** Without the colours of a terminal. @param {string} text */
function firstLine(text) {
  return stripVTControlCharacters(text).trim().split('\n', 1)[0] ?? '';
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
