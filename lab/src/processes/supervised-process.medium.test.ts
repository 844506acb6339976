import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../testing/alive.js';
import { eventually } from '../testing/lab-process.js';
import { SupervisedProcess } from './supervised-process.js';

let folder: string;
let supervised: SupervisedProcess;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supervised-'));
});

afterEach(async () => {
  await supervised.stop();
  await rm(folder, { recursive: true });
});

function supervise(program: string, ...args: string[]): SupervisedProcess {
  supervised = new SupervisedProcess({
    spec: { name: program, program, args, cwd: folder, logFile: join(folder, 'log') },
  });
  return supervised;
}

it('is back within a second of kill -9, as another process', async () => {
  await supervise('sleep', '60').start();
  const first = supervised.pid as number;
  const killedAt = performance.now();
  process.kill(first, 'SIGKILL');
  await eventually(() => {
    expect(supervised.pid).toBeDefined();
    expect(supervised.pid).not.toBe(first);
  }, 1_000);
  expect(performance.now() - killedAt).toBeLessThan(1_000);
});

it('stays down once it was stopped', async () => {
  await supervise('sleep', '60').start();
  const pid = supervised.pid as number;
  await supervised.stop();
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(isAlive(pid)).toBe(false);
  expect(supervised.pid).toBeUndefined();
});

it('does not spin when the program dies at once', async () => {
  let starts = 0;
  supervised = new SupervisedProcess({
    spec: { name: 'false', program: 'false', args: [], cwd: folder, logFile: join(folder, 'log') },
    prepare: () => Promise.resolve(void starts++),
  });
  await supervised.start();
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(starts).toBeGreaterThan(2);
  expect(starts).toBeLessThan(6);
});

it('kills what its program started, too', async () => {
  const server = await supervise('sh', '-c', 'sleep 61 & sleep 62 & wait').start();
  const { withDescendants } = await import('./process-tree.js');
  const pids = await eventually(async () => {
    const all = await withDescendants([server.pid]);
    expect(all).toHaveLength(3);
    return all;
  }, 2_000);
  await server.kill();
  await eventually(() => expect(pids.filter(isAlive)).toEqual([]), 1_000);
});
