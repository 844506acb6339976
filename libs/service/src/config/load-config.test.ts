import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { IsIn, IsOptional } from 'class-validator';
import { loadConfig, variableName } from './load-config.js';
import { ServiceConfig } from './service-config.js';

class VantageConfig extends ServiceConfig {
  @IsIn(['alpha', 'beta'], { message: 'must be alpha or beta' })
  vantage!: string;

  @IsOptional()
  @IsIn([true, false], { message: 'must be true or false' })
  verbose?: boolean;
}

const minimal = { DR_ESTATE: 'estate.yaml', DR_NATS_URL: 'nats://127.0.0.1:4222' };

function problemsOf(environment: Record<string, string>): [string, string][] {
  try {
    loadConfig(VantageConfig, environment);
  } catch (error) {
    return DrError.from(error).details.map(({ path, problem }) => [path, problem]);
  }
  return [];
}

describe('loadConfig', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads text, numbers, flags and JSON, and keeps defaults', () => {
    const config = loadConfig(VantageConfig, {
      ...minimal,
      DR_VANTAGE: 'beta',
      DR_VERBOSE: 'false',
      DR_HTTP_PORT: '8080',
      DR_NATS_OPTIONS: '{"user":"backup"}',
      DR_LOG_LEVEL: '',
    });
    expect(config).toMatchObject({
      vantage: 'beta',
      verbose: false,
      httpPort: 8080,
      natsOptions: { user: 'backup' },
      logLevel: 'info',
      shutdownMs: 15_000,
    });
    expect(config.serviceInstance).toContain(String(process.pid));
  });

  it('names every variable that is missing or wrong at once, never a value', () => {
    const problems = problemsOf({
      DR_NATS_URL: 'hunter2',
      DR_HTTP_PORT: 'x',
      DR_NATS_OPTIONS: '{hunter2',
      DR_VERBOSE: 'perhaps',
      DR_SHUTDOWN_MS: '1',
    });
    expect(problems.toSorted(([a], [b]) => a.localeCompare(b))).toEqual([
      ['DR_ESTATE', 'must name the estate file'],
      ['DR_HTTP_PORT', 'must be a port number'],
      ['DR_NATS_OPTIONS', 'must be JSON'],
      ['DR_NATS_URL', 'must be a URL such as nats://127.0.0.1:4222'],
      ['DR_SHUTDOWN_MS', 'must be at least 100 milliseconds'],
      ['DR_VANTAGE', 'must be alpha or beta'],
      ['DR_VERBOSE', 'must be true or false'],
    ]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('takes a secret from the file that DR_X_FILE names', () => {
    const file = join(folder, 'nats.json');
    writeFileSync(file, '{"token":"from a file"}\n');
    const environment = { ...minimal, DR_VANTAGE: 'alpha', DR_NATS_OPTIONS_FILE: file };
    expect(loadConfig(VantageConfig, environment).natsOptions).toEqual({ token: 'from a file' });
    expect(problemsOf({ ...environment, DR_NATS_OPTIONS_FILE: join(folder, 'absent') })).toEqual([
      ['DR_NATS_OPTIONS', 'the file that DR_NATS_OPTIONS_FILE names cannot be read'],
    ]);
  });

  it('does not take the file to write the port to for one to read it from', () => {
    const environment = { ...minimal, DR_VANTAGE: 'alpha', DR_HTTP_PORT_FILE: join(folder, 'port') };
    expect(loadConfig(VantageConfig, environment)).toMatchObject({ httpPort: 0, httpPortFile: join(folder, 'port') });
  });

  it.each([
    ['natsUrl', 'DR_NATS_URL'],
    ['estate', 'DR_ESTATE'],
    ['shutdownMs', 'DR_SHUTDOWN_MS'],
  ])('reads %s from %s', (field, name) => {
    expect(variableName(field)).toBe(name);
  });
});
