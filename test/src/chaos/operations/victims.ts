import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { VictimOrders } from './victim-orders.js';

const program = resolve('test/dist/chaos/operations/victim.js');

/** A victim process; what it printed and how it ended. */
export interface Victim {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolved when it listens, or has died before that. */
  readonly started: Promise<void>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

const alive = new Set<ChildProcess>();

export function startVictim(orders: VictimOrders): Victim {
  if (!existsSync(program)) throw new Error('the victim is not compiled: run `npm run build` first');
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, DR_VICTIM: JSON.stringify(orders) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  alive.add(child);
  let output = '';
  const started = new Promise<void>((done) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      done();
    });
    child.once('exit', () => done());
  });
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code, signal) => {
      alive.delete(child);
      done({ code, signal });
    });
  });
  return { child, output: () => output, started, ended };
}

export function killVictims(): void {
  for (const child of alive) child.kill('SIGKILL');
}
