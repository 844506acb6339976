import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { DrError } from '@novacron/contracts';

/** The nats-server to test against: `DR_NATS_SERVER`, then what set-up recorded above this folder, then the path. */
export function findNatsServer(environment: NodeJS.ProcessEnv = process.env, from = process.cwd()): string {
  const named = environment['DR_NATS_SERVER'];
  if (named !== undefined && named !== '') return named;
  const recorded = recordedPrograms(environment, from)?.['natsServer'];
  if (typeof recorded === 'string' && existsSync(recorded)) return recorded;
  for (const folder of (environment['PATH'] ?? '').split(delimiter)) {
    const candidate = join(folder, 'nats-server');
    if (folder !== '' && existsSync(candidate)) return candidate;
  }
  throw new DrError('PROGRAM_MISSING', 'nats-server is not installed', {
    hint: 'run `npm run setup`, or name the program in DR_NATS_SERVER',
  });
}

function recordedPrograms(environment: NodeJS.ProcessEnv, from: string): Record<string, unknown> | undefined {
  const named = environment['DR_PROGRAMS'];
  if (named !== undefined && existsSync(named)) return readPrograms(named);
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, '.lab', 'setup', 'programs.json');
    if (existsSync(candidate)) return readPrograms(candidate);
    if (dirname(folder) === folder) return undefined;
  }
}

function readPrograms(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}
