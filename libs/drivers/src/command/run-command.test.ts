import { chmodSync, mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { packageHint } from './packages.js';
import { pollUntil } from './poll.js';
import { runCommand } from './run-command.js';

const node = (script: string, more: Partial<Parameters<typeof runCommand>[0]> = {}) =>
  runCommand({ program: process.execPath, args: ['-e', script], timeoutMs: 10_000, ...more });

const failure = async (promise: Promise<unknown>): Promise<DrError> => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!DrError.is(error)) throw new Error('expected a DrError', { cause: error });
  return error;
};

describe('runCommand', () => {
  it('returns output and exit code', async () => {
    const result = await node('process.stdin.on("data", (d) => process.stdout.write(d + "!")); console.error("note")', {
      input: 'hello',
    });
    expect(result).toEqual({ exitCode: 0, stdout: 'hello!', stderr: 'note\n' });
  });

  it('hands on only the variables it is given', async () => {
    process.env['DR_TEST_SECRET'] = 'hidden';
    const { stdout } = await node('console.log(process.env.DR_TEST_SECRET, process.env.GIVEN)', {
      env: { GIVEN: 'yes' },
    });
    delete process.env['DR_TEST_SECRET'];
    expect(stdout).toBe('undefined yes\n');
  });

  it('reports a failure with the end of its output', async () => {
    const error = await failure(node('console.error("no such thing"); process.exit(3)'));
    expect(error).toMatchObject({ code: 'COMMAND_FAILED', retryable: true });
    expect(error.message).toContain('exit code 3');
    expect(error.details[0]?.problem).toBe('no such thing');
  });

  it('accepts the exit codes that are an answer', async () => {
    await expect(node('process.exit(3)', { acceptExitCodes: [0, 3] })).resolves.toMatchObject({ exitCode: 3 });
  });

  it('keeps the end of a long output', async () => {
    const { stdout } = await node('process.stdout.write("a".repeat(100000) + "end")', { maxOutputBytes: 10 });
    expect(stdout).toBe('aaaaaaaend');
  });

  it('kills the whole process group on timeout', async () => {
    let child = 0;
    const script = `const c = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(()=>{}, 1000)']);
      console.error(c.pid); setInterval(() => {}, 1000)`;
    const error = await failure(node(script, { timeoutMs: 1_500, onStderr: (text) => (child = Number(text)) }));
    expect(error.code).toBe('TIMEOUT');
    expect(child).toBeGreaterThan(0);
    await pollUntil('end of the child', async () => !isAlive(child) || undefined, { timeoutMs: 5_000 });
  });

  it('stops when aborted', async () => {
    const abort = new AbortController();
    const running = node('console.error("up"); setInterval(() => {}, 1000)', {
      signal: abort.signal,
      onStderr: () => abort.abort(),
    });
    expect((await failure(running)).message).toContain('aborted');
  });

  it('does not wait for a daemon that keeps the pipes open', async () => {
    const script = `const c = require('node:child_process').spawn(process.execPath, ['-e', 'setTimeout(()=>{}, 5000)'],
      { detached: true, stdio: 'inherit' }); c.unref(); console.log(c.pid); process.exit(0)`;
    const started = performance.now();
    const { stdout } = await node(script);
    expect(performance.now() - started).toBeLessThan(4_000);
    process.kill(Number(stdout));
  });

  it('names the package of a missing program', async () => {
    const error = await failure(runCommand({ program: '/nowhere/pg_rewind', args: [], timeoutMs: 1_000 }));
    expect(error).toMatchObject({ code: 'PROGRAM_MISSING', hint: 'install the package postgresql' });
    expect(packageHint('knotd')).toBe('install the package knot');
  });

  it('says that a program is missing when a folder of PATH may not be entered', async () => {
    const path = process.env['PATH'];
    const closed = mkdtempSync(join(tmpdir(), 'novacron-closed-'));
    chmodSync(closed, 0);
    process.env['PATH'] = `${closed}:${path}`;
    try {
      const error = await failure(runCommand({ program: 'no-such-program', args: [], timeoutMs: 1_000 }));
      expect(error.code).toBe('PROGRAM_MISSING');
    } finally {
      process.env['PATH'] = path;
      rmdirSync(closed);
    }
  });

  it('tells a missing working directory from a missing program', async () => {
    const error = await failure(node('', { cwd: '/nowhere/at/all' }));
    expect(error.code).toBe('COMMAND_FAILED');
    expect(error.message).toContain('working directory');
  });
});

/** Of a zombie, which nobody has waited for yet, only the entry in the process table is left. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
