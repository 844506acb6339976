import { DrError } from '@novacron/contracts';

/** The exit code for a command line that cannot be understood. */
export const usageError = 2;

/** Runs a command, and says what went wrong the way a person reads it: what, where, and what to do. */
export async function runCommand(name: string, main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (cause) {
    const error = DrError.from(cause);
    console.error(`${name}: ${error.message}`);
    for (const { path, problem } of error.details) console.error(`  ${path}: ${problem}`);
    console.error(`  ${error.hint}`);
    process.exitCode = 1;
  }
}
