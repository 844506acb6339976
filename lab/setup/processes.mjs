import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from './places.mjs';

/** An error whose message is all that its reader needs: no stack is shown. */
export class SetupError extends Error {
  /** @param {string} message @param {string} [hint] what to do about it */
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}

/**
 * PATH as the machine has it, without this project's own programs: `npm ci` removes those while it runs. Daemons live in
 * the sbin directories, which an ordinary user's PATH often lacks.
 */
export function machinePath() {
  const own = join(root, 'node_modules');
  const directories = (process.env.PATH ?? '').split(delimiter).filter((directory) => !directory.startsWith(own));
  return [...new Set([...directories, '/usr/local/sbin', '/usr/sbin', '/sbin'])].join(delimiter);
}

/**
 * The absolute path of an executable, or undefined.
 * @param {string} program
 */
export function findProgram(program) {
  return machinePath()
    .split(delimiter)
    .map((directory) => join(directory, program))
    .find(isExecutable);
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs a program to its end and returns what it wrote to standard output. Throws a SetupError with the beginning and
 * the end of all that it wrote when it fails.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined> }} [options]
 * @returns {Promise<string>}
 */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: machinePath(), ...options.env };
    const child = spawn(program, args, { cwd: options.cwd ?? root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let everything = '';
    child.stdout.on('data', (chunk) => ((output += chunk), (everything += chunk)));
    child.stderr.on('data', (chunk) => (everything += chunk));
    child.on('error', (cause) => reject(new SetupError(`cannot run ${program}: ${cause.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output);
      const said = excerpt(everything.trim().split('\n'));
      return reject(new SetupError(`${program} ${args[0] ?? ''} ended with ${signal ?? `exit code ${code}`}\n${said}`));
    });
  });
}

/** Some programs say first what went wrong, others last. @param {string[]} lines */
function excerpt(lines) {
  return (lines.length > 40 ? [...lines.slice(0, 20), '…', ...lines.slice(-20)] : lines).join('\n');
}
