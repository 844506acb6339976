/**
 * Every command of the project starts here: it makes sure that what the command needs is there (packages, servers, a
 * build) and then becomes that command, without root's rights. Plain JavaScript for Node 20 and no packages, as it runs
 * before anything is installed.
 *
 *     node lab/setup/run.mjs COMMAND [ARGUMENT…]
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { asOrdinaryUser } from './ordinary-user.mjs';
import { node, root } from './places.mjs';
import { SetupError } from './processes.mjs';
import { setUp } from './set-up.mjs';

/**
 * What a command runs, whether it needs the lab's servers, whether it gives up root's rights itself, whether it builds
 * itself, whether it looks at pages in a browser, and whether it runs servers that tests alone need.
 * @type {Record<string, { target?: string, lab: boolean, keepsRights?: boolean, builds?: boolean, browser?: boolean, testServers?: boolean }>}
 */
const commands = {
  setup: { lab: true, testServers: true },
  drill: { target: 'lab/dist/commands/drill.js', lab: true },
  start: { target: 'lab/dist/commands/start.js', lab: true },
  lab: { target: 'lab/dist/commands/lab.js', lab: true },
  bench: { target: 'bench/dist/main.js', lab: true },
  'estate:check': { target: 'lab/dist/commands/estate-check.js', lab: false, keepsRights: true },
  chaos: { target: 'lab/setup/chaos.mjs', lab: true, testServers: true },
  test: { target: 'lab/setup/test.mjs', lab: true, keepsRights: true, builds: true, browser: true, testServers: true },
};

/** @param {string[]} words @param {Record<string, string>} env @returns {Promise<number>} the exit code */
function become([program = '', ...args], env) {
  return new Promise((resolve, reject) => {
    const PATH = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`;
    // In a group of its own: a terminal sends Ctrl-C to its whole group and npm passes it on again, the command is to see one.
    const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, PATH, ...env }, detached: true });
    let last = { signal: '', at: 0 };
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
      process.on(signal, () => {
        if (last.signal === signal && Date.now() - last.at < 500) return;
        last = { signal, at: Date.now() };
        child.kill(signal);
      });
    }
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 1)));
  });
}

async function main() {
  const [name = '', ...args] = process.argv.slice(2);
  const command = commands[name];
  if (!command) throw new SetupError(`unknown command "${name}"`, `one of: ${Object.keys(commands).join(', ')}`);
  if (process.platform !== 'linux')
    throw new SetupError(`${process.platform} is not supported`, 'run it on Linux, for example in a Debian container');
  const { lab, builds, browser = false, testServers = false } = command;
  await setUp({ lab, build: builds !== true, browser, testServers });
  if (!command.target) return 0;
  const target = join(root, command.target);
  if (!existsSync(target))
    throw new SetupError(`${command.target} is missing`, 'run npm run build and look at what it says');
  const { prefix, env } = command.keepsRights ? { prefix: [], env: {} } : asOrdinaryUser();
  return become([...prefix, node, target, ...args], env);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`set-up: ${error.message}`);
  if (error.hint) console.error(`  ${error.hint}`);
  if (process.argv[2] === 'test') console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
