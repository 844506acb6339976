import { withAmbient } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import { JsonLogger, withLogFields } from './json-logger.js';
import { NestLogger } from './nest-logger.js';

let lines: Record<string, unknown>[];
let logger: JsonLogger;

beforeEach(() => {
  lines = [];
  logger = new JsonLogger({
    fields: { service: 'backup', instance: 'one' },
    now: () => new Date('2026-11-23T04:00:00Z'),
    write: (line) => {
      expect(line.endsWith('\n')).toBe(true);
      expect(line.indexOf('\n')).toBe(line.length - 1);
      lines.push(JSON.parse(line) as Record<string, unknown>);
    },
  });
});

describe('a line', () => {
  it('is JSON: time, level, message, who, and the fields', () => {
    logger.info('backup begins', { backupId: 'backup-1', sizeBytes: 5n, at: new Date(0), body: Buffer.alloc(3) });
    expect(lines).toEqual([
      {
        time: '2026-11-23T04:00:00.000Z',
        level: 'info',
        message: 'backup begins',
        service: 'backup',
        instance: 'one',
        backupId: 'backup-1',
        sizeBytes: '5',
        at: '1970-01-01T00:00:00.000Z',
        body: '[3 bytes]',
      },
    ]);
  });

  it('below the level is not written', () => {
    logger.debug('quiet');
    new JsonLogger({ level: 'debug', write: (line) => lines.push(JSON.parse(line) as never) }).debug('heard');
    expect(lines.map((line) => line.message)).toEqual(['heard']);
  });

  it('carries the fields of its child logger, of what surrounds it, and the correlation of the message handled', () => {
    withAmbient({ correlationId: 'incident-7' }, () => {
      withLogFields({ operation: 'op-1' }, () => {
        withLogFields({ step: 'promote' }, () => logger.child({ site: 'dr' }).warn('slow'));
      });
    });
    logger.info('outside');
    expect(lines[0]).toMatchObject({ correlation: 'incident-7', operation: 'op-1', step: 'promote', site: 'dr' });
    expect(lines[1]).not.toHaveProperty('operation');
    expect(lines[1]).not.toHaveProperty('correlation');
  });

  it('survives cycles, depth and length', () => {
    const cycle: Record<string, unknown> = { name: 'a' };
    cycle.self = cycle;
    logger.info('cycle', { cycle, long: 'x'.repeat(10_000), run: () => 1, nothing: null });
    expect(lines[0]).toMatchObject({ cycle: { name: 'a', self: '[deep]' }, nothing: null });
    expect(String(lines[0]?.long).length).toBeLessThan(5_000);
  });

  it('shows what a DrError says, and the place of a fault of ours', () => {
    const cause = new Error('socket closed');
    logger.error('failed', { error: new DrError('STORE_FAILED', 'store is full', { cause }) });
    logger.error('failed', { error: new TypeError('x is undefined') });
    expect(lines[0]?.error).toMatchObject({
      code: 'STORE_FAILED',
      message: 'store is full',
      cause: { code: 'Error', message: 'socket closed' },
    });
    expect(lines[0]?.error).not.toHaveProperty('stack');
    expect(lines[1]?.error).toMatchObject({ code: 'TypeError', stack: expect.stringContaining('json-logger.test') });
  });
});

describe('redaction', () => {
  it.each([
    [{ password: 'hunter2' }],
    [{ connection: { PGPASSWORD: 'hunter2' } }],
    [{ secretAccessKey: 'hunter2', list: [{ apiKey: 'hunter2' }] }],
    [{ headers: { Authorization: 'Bearer hunter2', cookie: 'hunter2' } }],
    [{ url: 'postgres://dr_admin:hunter2@127.0.0.1:5432/db' }],
    [{ conninfo: "host=a password='hunter2' user=b" }],
    [{ conninfo: 'host=a password=hunter2 user=b' }],
    [{ error: new Error('cannot reach nats://user:hunter2@host:4222') }],
    [{ error: new DrError('INTERNAL', 'x', { details: [{ path: 'url', problem: 'redis://:hunter2@host' }] }) }],
    [{ error: new Error('outer', { cause: new Error('password: hunter2') }) }],
  ])('cuts the secret out of %j', (fields) => {
    logger.error('failed', fields);
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect(JSON.stringify(lines)).toContain('[redacted]');
  });

  it('cuts out what was read as a secret, wherever it turns up', () => {
    logger.redactor.hide('correct-horse');
    logger.child({}).info('saw correct-horse', { note: 'it is correct-horse!', keys: ['correct-horse'] });
    expect(JSON.stringify(lines)).not.toContain('horse');
  });

  it('keeps a fencing token, which is a number, and what only sounds like a secret', () => {
    logger.info('lease held', { token: 42, key: 'backups/a/manifest.json', path: 'secrets/postgres', passed: true });
    expect(lines[0]).toMatchObject({ token: 42, key: 'backups/a/manifest.json', passed: true });
  });
});

describe("Nest's messages", () => {
  it('become lines of ours, its set-up chatter only when debugging', () => {
    const nest = new NestLogger(logger);
    nest.log('Mapped {/health} route', 'RouterExplorer');
    nest.log('hello', 'Other');
    nest.error('it broke', 'Error: it broke\n    at somewhere', 'ExceptionsHandler');
    nest.error(new Error('bare'));
    expect(lines.map(({ level, message, context }) => [level, message, context])).toEqual([
      ['info', 'hello', 'Other'],
      ['error', 'it broke', 'ExceptionsHandler'],
      ['error', 'bare', undefined],
    ]);
    expect(lines[1]?.stack).toContain('somewhere');
  });
});
