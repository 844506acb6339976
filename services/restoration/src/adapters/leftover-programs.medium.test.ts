import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { endLeftovers, rejoins } from './leftover-programs.js';

const forever = 'setInterval(() => undefined, 1000)';

/** A process under another program's name, with a directory among its arguments. */
async function pretend(name: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', forever, '--', ...args], { argv0: name, stdio: 'ignore' });
  await once(child, 'spawn');
  return child;
}

describe('programs that have outlived their service', () => {
  const started: ChildProcess[] = [];
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
  });

  it('are ended where they work on the directory, and nothing else is', async () => {
    const [rewind, elsewhere, server] = await Promise.all([
      pretend('/usr/bin/pg_rewind', ['--target-pgdata', '/data/home']),
      pretend('pg_rewind', ['--target-pgdata', '/data/other']),
      pretend('postgres', ['-D', '/data/home']),
    ]);
    started.push(rewind, elsewhere, server);
    const ended = once(rewind, 'exit');

    expect(await endLeftovers('/data/home', rejoins)).toBe(1);
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect([elsewhere.exitCode, elsewhere.signalCode, server.exitCode, server.signalCode]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(await endLeftovers('/data/home', rejoins)).toBe(0);
  });
});
