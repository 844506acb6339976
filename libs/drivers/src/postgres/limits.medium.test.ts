import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { startPostgres, type TestPostgres } from '../testing/index.js';
import { PostgresMember } from './postgres-member.js';
import { commandControl } from './process-control.js';

describe('limits of a PostgresMember', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres({ name: 'alone' });
  });
  afterAll(() => server?.stop());

  it('gives up on a server that accepts and says nothing', async () => {
    const silent = net.createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const member = new PostgresMember({ ...server.member.options, port });
    const startedAt = performance.now();
    await expect(member.status({ timeoutMs: 300 })).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    silent.close();
  });

  it('gives up on a statement that hangs, and on abort', async () => {
    await expect(server.member.query('select pg_sleep(30)', [], { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    const abort = new AbortController();
    const hanging = server.member.query('select pg_sleep(30)', [], { timeoutMs: 20_000, signal: abort.signal });
    setTimeout(() => abort.abort(), 100);
    await expect(hanging).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('says that a login was refused, and that trying again will not help', async () => {
    const member = new PostgresMember({ ...server.member.options, password: 'wrong' });
    const error: unknown = await member.status().catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'COMMAND_FAILED',
      retryable: false,
      hint: expect.stringContaining('pg_hba.conf') as string,
    });
    expect(JSON.stringify(error)).not.toContain('wrong');
  });

  it('says when a setting does not take', async () => {
    await expect(server.member.pointAt(server.source('self'), { timeoutMs: 500 })).rejects.toMatchObject({
      code: 'VERIFY_FAILED',
      message: expect.stringContaining('WAL streaming from') as string,
    });
  });

  it('does not pass a hung fast stop off as one: immediate ends it', async () => {
    const { control } = server.member.options;
    if (!control) throw new Error('the test server has a control');
    const neverFast = new PostgresMember({
      ...server.member.options,
      control: {
        ...control,
        stop: (mode, signal) =>
          mode === 'immediate'
            ? control.stop(mode)
            : new Promise((_, reject) =>
                signal?.addEventListener('abort', () => reject(new Error('over')), { once: true }),
              ),
      },
    });
    expect(await neverFast.stopFast(200)).toBe('immediate');
    expect(server.pid()).toBeUndefined();
    expect(await server.member.controlData()).toMatchObject({ state: 'in production' });
    await server.member.start();
  });

  it('takes its control from commands, with the mode of a stop', async () => {
    const control = commandControl({
      start: ['sh', '-c', 'exit 0'],
      stop: ['sh', '-c', 'test "{mode}" = immediate && test "$DR_STOP_MODE" = immediate'],
      status: ['sh', '-c', 'exit 3'],
      cwd: '/',
    });
    await control.start();
    await control.stop('immediate');
    await expect(control.stop('fast')).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
    expect(await control.isRunning()).toBe(false);
    const broken = commandControl({ start: ['true'], stop: ['true'], status: ['sh', '-c', 'exit 4'], cwd: '/' });
    await expect(broken.isRunning()).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
  });

  it('names what the estate does not give it', () => {
    const member = new PostgresMember({ name: 'x', host: 'h', port: 1, user: 'u', password: 'p', database: 'd' });
    expect(() => member.rewindFrom({ access: member.options, replication: server.source('x') })).toThrow(
      'data directory',
    );
  });
});
