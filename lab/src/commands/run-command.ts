import { DrError } from '@novacron/contracts';

/** The exit code for a command line that cannot be understood. */
export const usageError = 2;

/** Runs a command to the end of the process, and says what went wrong the way a person reads it: what, where, and what to do. */
export async function runCommand(name: string, main: () => Promise<number>): Promise<never> {
  // Whatever a library still keeps open must not keep a finished command alive.
  process.exit(await main().catch((cause: unknown) => explain(name, DrError.from(cause))));
}

function explain(name: string, error: DrError): number {
  console.error(`${name}: ${error.message}`);
  for (const { path, problem } of error.details) console.error(`  ${path}: ${problem}`);
  console.error(`  ${error.hint}`);
  return 1;
}
