/** The quick check: format, lint, types, boundaries, generated files, unit tests. All of them run, whatever fails. */
import { checkSteps, jest, passes } from './check-steps.mjs';

const results = [];
for (const step of [...checkSteps, { name: 'unit tests', commands: [jest('unit', ['--silent'])] }])
  results.push(await passes(step));
process.exitCode = results.every(Boolean) ? 0 : 1;
