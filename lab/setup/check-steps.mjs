import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { node, root } from './places.mjs';

const packages = join(root, 'node_modules');
const typescript = join(packages, 'typescript/bin/tsc');

/**
 * What every change must pass before its tests are looked at, in this order: types are built before what reads
 * them: the linter, the boundaries and the generator.
 * @type {{ name: string, commands: string[][] }[]}
 */
export const checkSteps = [
  { name: 'format', commands: [[join(packages, 'prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']] },
  {
    name: 'types',
    commands: [
      [typescript, '-b'],
      [typescript, '-p', 'tsconfig.test.json'],
    ],
  },
  { name: 'lint', commands: [[join(packages, 'oxlint/bin/oxlint'), '--quiet', '--type-aware', '--deny-warnings']] },
  { name: 'boundaries', commands: [[join(import.meta.dirname, 'boundaries.mjs')]] },
  { name: 'generated files', commands: [[join(import.meta.dirname, 'generated.mjs')]] },
];

/** The words that run Jest for one of its projects. @param {string} project @param {string[]} [options] */
export function jest(project, options = []) {
  return [
    '--experimental-vm-modules',
    '--no-warnings',
    join(packages, 'jest/bin/jest.js'),
    '--selectProjects',
    project,
    '--passWithNoTests',
    ...options,
  ];
}

/** How long a program that is told to end may take to do so. */
const endingMs = 20_000;

/**
 * Runs a command of Node 24 with its output going to ours; resolves to whether it succeeded. One that takes longer than it
 * may is told to end, then made to.
 * @param {string[]} args
 * @param {{ prefix?: string[], env?: Record<string, string>, timeoutMs?: number, onTimeout?: () => void }} [options]
 * @returns {Promise<boolean>}
 */
export function succeeds(args, { prefix = [], env = {}, timeoutMs, onTimeout } = {}) {
  return new Promise((resolve, reject) => {
    const [program = '', ...words] = [...prefix, node, ...args];
    const child = spawn(program, words, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    const stop = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
    process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
    child.on('error', reject);
    const limit =
      timeoutMs &&
      setTimeout(() => {
        onTimeout?.();
        child.kill();
        setTimeout(() => child.kill('SIGKILL'), endingMs).unref();
      }, timeoutMs);
    child.on('close', (code) => {
      clearTimeout(limit);
      process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', stop);
      resolve(code === 0);
    });
  });
}

/** Runs one step to its first failure, and says how it went. @param {typeof checkSteps[number]} step */
export async function passes({ name, commands }) {
  const started = Date.now();
  let passed = true;
  for (const command of commands) passed = passed && (await succeeds(command));
  console.log(`${passed ? 'passed' : 'FAILED'}  ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  return passed;
}
