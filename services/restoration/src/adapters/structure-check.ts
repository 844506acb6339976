import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { type PostgresMember, requireProgram, runCommand } from '@novacron/drivers';

const corruptionExitCode = 2;

/**
 * Tables and indexes of every database of a server read block by block by pg_amcheck; `not-checked` where its extension is not installed.
 * @throws DrError CORRUPT_OBJECT with what it found.
 */
export async function checkStructure(
  { options }: PostgresMember,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<'clean' | 'not-checked'> {
  const { host, port, user, password, database } = options;
  const { exitCode, stdout } = await runCommand({
    program: join(requireProgram('postgresBin'), 'pg_amcheck'),
    args: [
      '--host',
      host,
      '--port',
      `${port}`,
      '--username',
      user,
      '--no-password',
      '--install-missing',
      // Every row of a table must be found by its indexes too.
      '--heapallindexed',
      '--all',
      `--maintenance-db=${database}`,
    ],
    env: { PGPASSWORD: password },
    cwd: '/',
    timeoutMs,
    signal,
    acceptExitCodes: [0, 1, corruptionExitCode],
  }).catch((error: unknown) => {
    if (DrError.from(error).code === 'PROGRAM_MISSING') return { exitCode: 1, stdout: '' };
    throw error;
  });
  if (exitCode === 0) return 'clean';
  if (exitCode !== corruptionExitCode) return 'not-checked';
  throw new DrError('CORRUPT_OBJECT', 'the restored database has damaged tables or indexes', {
    details: stdout
      .trim()
      .split('\n')
      .slice(0, 20)
      .map((problem) => ({ path: database, problem })),
  });
}
