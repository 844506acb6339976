import { execFile } from 'node:child_process';
import { DrError } from '@novacron/contracts';
import { diesWithItsStarter, serverEnvironment } from './server-process.js';

/** Runs a program to its end. Throws COMMAND_FAILED with the end of its output; aborted, it is killed. */
export function runProgram(options: {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly signal?: AbortSignal;
}): Promise<string> {
  const { program, args, cwd, signal } = options;
  const [setpriv, ...words] = [...diesWithItsStarter, program, ...args];
  return new Promise((resolve, reject) => {
    execFile(
      setpriv as string,
      words,
      { cwd, env: serverEnvironment(), maxBuffer: 16_777_216, killSignal: 'SIGKILL', ...(signal ? { signal } : {}) },
      (error, stdout, stderr) => {
        if (error === null) {
          resolve(stdout);
          return;
        }
        const output = `${stdout}\n${stderr}`.trim().split('\n').slice(-4).join('\n');
        const details = [{ path: program, problem: output || error.message }];
        reject(new DrError('COMMAND_FAILED', `${program} failed`, { details, cause: error }));
      },
    );
  });
}
