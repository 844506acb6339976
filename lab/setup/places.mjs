import { join } from 'node:path';

/** The project's folder. */
export const root = join(import.meta.dirname, '../..');

/** What a run makes: databases, logs, reports. It belongs to the user that the servers run as. */
export const runtimeFolder = join(root, '.lab');

/** What set-up itself makes and keeps. */
export const setupFolder = join(runtimeFolder, 'setup');

/** Where the lab and the tests read which programs to use. */
export const programsFile = join(setupFolder, 'programs.json');

/** Node 24, from the package `node`: the system's own may be older. */
export const node = join(root, 'node_modules/.bin/node');
