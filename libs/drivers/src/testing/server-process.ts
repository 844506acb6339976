import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { ordinaryUser } from './run-as.js';

/** A server of a test: its own folder, ended with it. */
export interface ServerProcess {
  readonly pid: number;
  readonly dir: string;
  kill(signal?: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** Runs a server in a folder until `stop`, which removes the folder. */
export async function serverProcess(program: string, args: readonly string[], dir: string): Promise<ServerProcess> {
  const child: ChildProcess = spawn(program, args, { cwd: dir, stdio: 'ignore', ...ordinaryUser() });
  await once(child, 'spawn');
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${program} did not start`);
  const kill = (signal: NodeJS.Signals = 'SIGKILL'): void => void (child.exitCode === null && child.kill(signal));
  return {
    pid,
    dir,
    kill,
    async stop() {
      kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await rm(dir, { recursive: true, force: true });
    },
  };
}
