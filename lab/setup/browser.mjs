import { findProgram } from './processes.mjs';
import { install } from './servers.mjs';

/**
 * The browser in which the tests look at the status page. Tests alone need it: where it cannot be installed they are skipped by name.
 * @type {import('./parts.mjs').Part}
 */
export const browser = {
  name: 'browser',
  ready: () => findProgram('chromium') !== undefined,
  prepare: async () => {
    try {
      await install(['chromium', 'fonts-dejavu-core'], 'install the package chromium');
    } catch (error) {
      console.error(
        `set-up: no chromium, tests that need it are skipped: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  },
  programs: () => ({ chromium: findProgram('chromium') }),
};
