import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { projectFolder } from '../layout/folders.js';
import { diesWithItsStarter, serverEnvironment } from '../processes/server-process.js';

export type GuardVerdict =
  | { readonly mayStart: false; readonly reason: string }
  | { readonly mayStart: true; readonly role?: 'primary' | 'replica'; readonly of?: { host: string; port: number } };

export interface GuardQuestion {
  readonly site: string;
  readonly component: 'postgres' | 'redis';
  readonly dataDir: string;
}

export type StartGuard = (question: GuardQuestion) => Promise<GuardVerdict>;

/** The guard's exit code for "must not start as a primary". */
const mustNotStart = 75;
const timeoutMs = 30_000;
const program = join(projectFolder, 'services/failover/dist/guard/main.js');

/**
 * Asks the failover service's guard, as every machine of an estate does before it starts a database: a primary that comes
 * back must not take writes when the estate has moved on (DESIGN §7). No answer is no permission.
 */
export function guardOf(options: { node: string; estateFile: string; env: Record<string, string> }): StartGuard {
  return ({ site, component, dataDir }) => {
    const question = ['--estate', options.estateFile, '--site', site, '--component', component, '--data-dir', dataDir];
    const [setpriv, ...words] = [...diesWithItsStarter, options.node, program, ...question];
    return new Promise((resolve, reject) => {
      execFile(
        setpriv as string,
        words,
        { timeout: timeoutMs, env: { ...serverEnvironment(), ...options.env } },
        (error, stdout, stderr) => {
          if (error === null) resolve({ mayStart: true, ...parsed(stdout) });
          else if (error.code === mustNotStart) resolve({ mayStart: false, reason: reasonOf(stderr, site) });
          else {
            reject(
              new DrError('COMMAND_FAILED', `the start guard of ${component} in ${site} gave no answer`, {
                details: [{ path: program, problem: stderr.trim() || error.message }],
              }),
            );
          }
        },
      );
    });
  };
}

/** Redis is told which role to start in; PostgreSQL finds that in its data folder, and gets no orders. */
function parsed(stdout: string): { role?: 'primary' | 'replica'; of?: { host: string; port: number } } {
  const line = lastLine(stdout);
  return line.startsWith('{') ? (JSON.parse(line) as { role?: 'primary' | 'replica' }) : {};
}

/** The guard says why in the first line, after its own name and the site's. */
function reasonOf(stderr: string, site: string): string {
  const [line = 'no reason given'] = stderr.trim().split('\n');
  return line.replace(/^start-guard: /u, '').replace(`${site}: `, '');
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
