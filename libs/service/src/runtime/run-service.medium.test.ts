import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';

const estateFile = join(import.meta.dirname, '../../../../lab/estate.yaml');
const main = join(import.meta.dirname, 'main.fixture.mjs');

interface Process {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output: string;
  errors: string;
}

describe("a service's process", () => {
  let nats: RunningNats;
  let folder: string;
  const started: Process[] = [];

  const run = (environment: Record<string, string>): Process => {
    const child = spawn(process.execPath, [main], { env: { PATH: process.env['PATH'], ...environment } });
    const ended = new Promise<number | null>((resolve) => {
      child.once('exit', (code) => resolve(code));
    });
    const one: Process = { child, ended, output: '', errors: '' };
    child.stdout.on('data', (text: Buffer) => (one.output += text.toString()));
    child.stderr.on('data', (text: Buffer) => (one.errors += text.toString()));
    started.push(one);
    return one;
  };

  beforeAll(async () => {
    nats = await startNatsServer();
    folder = await mkdtemp(join(tmpdir(), 'service-'));
  });

  afterAll(async () => {
    for (const { child } of started) child.kill('SIGKILL');
    await Promise.all(started.map((one) => one.ended));
    await nats?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('stays until %s, then ends with 0', async (signal) => {
    const portFile = join(folder, `port-${signal}`);
    const service = run({ DR_ESTATE: estateFile, DR_NATS_URL: nats.url, DR_HTTP_PORT_FILE: portFile });
    await eventually(() => service.output.includes('service is ready'), { timeoutMs: 20_000 });
    const port = Number(await readFile(portFile, 'utf8'));
    expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
    service.child.kill(signal);
    expect(await service.ended).toBe(0);
    const lines = service.output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.at(-1)).toMatchObject({ message: 'service is stopped', service: 'restoration' });
    expect(service.errors).toBe('');
  });

  it('ends with 0 when it is asked to stop while it waits for NATS', async () => {
    const service = run({ DR_ESTATE: estateFile, DR_NATS_URL: 'nats://127.0.0.1:9' });
    await eventually(() => service.output.includes('waiting for NATS'), { timeoutMs: 20_000 });
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(0);
  });

  it('prints every problem of its estate with line and column, and ends with 78', async () => {
    const file = join(folder, 'broken.yaml');
    await writeFile(file, 'estate: novacron\nsitez: []\n');
    const service = run({ DR_ESTATE: file, DR_NATS_URL: nats.url });
    expect(await service.ended).toBe(78);
    expect(service.errors).toContain(`  ${file}:2:1: sitez: is not a known field\n`);
    expect(service.errors.trim().split('\n').length).toBeGreaterThan(5);
    expect(service.errors).toMatch(/\nhint: .+\n$/u);
  });

  it('names the variables that are missing, and ends with 78', async () => {
    const service = run({});
    expect(await service.ended).toBe(78);
    expect(service.errors).toContain('DR_ESTATE: must name the estate file');
    expect(service.errors).toContain('DR_NATS_URL: must be a URL');
  });
});
