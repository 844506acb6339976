import { findProgram } from './processes.mjs';
import { install } from './servers.mjs';

/**
 * PgBouncer, for the test of a pool that is told where the active site is. Tests alone need it: where it cannot be had they are
 * skipped by name.
 * @type {import('./parts.mjs').Part}
 */
export const pgbouncer = {
  name: 'pgbouncer',
  ready: () => findProgram('pgbouncer') !== undefined,
  prepare: async () => {
    try {
      await install(['pgbouncer'], 'install the package pgbouncer');
    } catch (error) {
      console.error(
        `set-up: no PgBouncer, tests that need it are skipped: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  },
  programs: () => ({ pgbouncer: findProgram('pgbouncer') }),
};
