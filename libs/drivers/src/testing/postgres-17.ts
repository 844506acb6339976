import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPrograms } from '../command/programs.js';
import { temporaryFolder } from './places.js';

/** Where PostgreSQL 17 is on this machine; undefined where set-up could not get it, and tests of it are to be skipped by name. */
export const postgres17Bin: string | undefined = findPrograms().postgres17Bin;

/** From now on this process, and those it starts with its environment, use PostgreSQL 17. The result puts that back. */
export function usePostgres17(): () => void {
  const folder = temporaryFolder('programs');
  const before = process.env['DR_PROGRAMS'];
  const file = join(folder.path, 'programs.json');
  writeFileSync(file, JSON.stringify({ ...findPrograms(), postgresBin: postgres17Bin }));
  process.env['DR_PROGRAMS'] = file;
  return () => {
    if (before === undefined) delete process.env['DR_PROGRAMS'];
    else process.env['DR_PROGRAMS'] = before;
    folder.remove();
  };
}
