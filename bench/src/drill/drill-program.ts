import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const program = resolve(import.meta.dirname, '../../../lab/dist/commands/drill.js');

export interface DrillRun {
  readonly passed: boolean;
  readonly output: string;
}

/** One `npm run drill`, in a process of its own as always; it is told of Ctrl-C, so that it stops its servers. */
export async function runDrillProgram(): Promise<DrillRun> {
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, pass);
  try {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const code = await new Promise<number | null>((done, failed) => child.once('error', failed).once('close', done));
    return { passed: code === 0, output };
  } finally {
    for (const signal of signals) process.off(signal, pass);
  }
}
