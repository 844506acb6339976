import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { projectFolder } from './folders.js';

/** The servers' programs, as set-up found or installed them. */
export interface LabPrograms {
  readonly node: string;
  readonly natsServer: string;
  readonly postgresBin: string;
  readonly redisServer: string;
  readonly haproxy: string;
  readonly knotd: string;
  readonly s3Python: string;
}

const needed = ['node', 'natsServer', 'postgresBin', 'redisServer', 'haproxy', 'knotd', 's3Python'] as const;

/** `DR_PROGRAMS`, else what set-up wrote for this project. */
export function programsFileFrom(env: NodeJS.ProcessEnv): string {
  return env.DR_PROGRAMS || join(projectFolder, '.lab/setup/programs.json');
}

/** Throws PROGRAM_MISSING with every program that is not there. */
export async function readPrograms(file: string): Promise<LabPrograms> {
  const hint = 'run npm run setup';
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new DrError('PROGRAM_MISSING', `cannot read ${file}, which says where the servers are`, { hint, cause });
  });
  const programs = JSON.parse(text) as Partial<LabPrograms>;
  const missing = needed.filter((name) => typeof programs[name] !== 'string');
  if (missing.length === 0) return programs as LabPrograms;
  throw new DrError('PROGRAM_MISSING', `${file} does not name ${missing.join(', ')}`, { hint });
}
