import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { type PostgresMember, requireProgram, runCommand } from '@novacron/drivers';

/**
 * The system catalog of every database of a server read as pg_dump reads it: pg_amcheck looks at tables, their TOAST and B-trees, and not
 * at whether what they say of each other is whole. @throws DrError CORRUPT_OBJECT with the words of pg_dump.
 */
export async function checkCatalogs(
  member: PostgresMember,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<void> {
  const { host, port, user, password } = member.options;
  const names = await member.query<{ name: string }>(
    'select datname as name from pg_database where datallowconn and not datistemplate order by datname',
  );
  for (const { name } of names) {
    const { exitCode, stderr } = await runCommand({
      program: join(requireProgram('postgresBin'), 'pg_dump'),
      args: [
        ...['--host', host, '--port', `${port}`, '--username', user, '--no-password'],
        ...['--schema-only', '--file=/dev/null', '--', name],
      ],
      env: { PGPASSWORD: password },
      cwd: '/',
      timeoutMs,
      signal,
      acceptExitCodes: [0, 1],
    });
    if (exitCode === 0) continue;
    throw new DrError('CORRUPT_OBJECT', `the catalog of ${name} in the restored server cannot be read`, {
      details: [{ path: name, problem: stderr.trim().slice(0, 500) }],
    });
  }
}
