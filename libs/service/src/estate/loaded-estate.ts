import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { DrError, type Estate, parseEstate } from '@novacron/contracts';

/** The estate file this process works by. */
export class LoadedEstate {
  constructor(
    readonly estate: Estate,
    /** SHA-256 of the file: on every operation, so that services that hold different ones are found. */
    readonly hash: string,
    readonly file: string,
  ) {}

  get name(): string {
    return this.estate.estate;
  }

  /** Where the paths in the file are relative to, and its commands run. */
  get folder(): string {
    return dirname(this.file);
  }

  path(relative: string): string {
    return resolve(this.folder, relative);
  }
}

/**
 * @throws DrError INVALID_ESTATE with one detail per problem, its path being `file:line:column`; INVALID_CONFIG when the
 * file cannot be read.
 */
export async function loadEstate(file: string): Promise<LoadedEstate> {
  const path = resolve(file);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new DrError('INVALID_CONFIG', `the estate file ${file} cannot be read`, {
      hint: 'set DR_ESTATE to the path of an estate file',
      details: [{ path: 'DR_ESTATE', problem: error instanceof Error ? error.message : String(error) }],
      cause: error,
    });
  });
  const { estate, problems, hash } = parseEstate(text);
  if (estate !== undefined) return new LoadedEstate(estate, hash, path);
  throw new DrError('INVALID_ESTATE', `${file} has ${problems.length} problem${problems.length === 1 ? '' : 's'}`, {
    hint: `run \`npm run estate:check ${file}\` after correcting`,
    details: problems.map((problem) => ({
      path: `${file}:${problem.line}:${problem.column}`,
      problem: problem.path === '' ? problem.message : `${problem.path}: ${problem.message}`,
    })),
  });
}
