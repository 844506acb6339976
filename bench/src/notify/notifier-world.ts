import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Bus, provisionBus, silentLogger } from '@novacron/bus';
import { eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { type Receiver, startReceiver } from './receiver.js';

const project = resolve(import.meta.dirname, '../../..');
const estateName = 'novacron';

/** A notifier in a process of its own, as an operator runs it, on a bus that flushes every write; and who it tells. */
export interface NotifierWorld {
  readonly bus: Bus;
  readonly receiver: Receiver;
  close(): Promise<void>;
}

/** @param gather how long what does not stop the service is gathered before it is told. */
export async function startNotifierWorld(recipients: number, gather = '1s'): Promise<NotifierWorld> {
  const nats: RunningNats = await startNatsServer();
  const receiver = await startReceiver();
  const folder = await mkdtemp(join(tmpdir(), 'dr-bench-notify-'));
  const estate = join(folder, 'estate.yaml');
  await writeFile(estate, await estateText(receiver.url, recipients, gather));
  const bus = await Bus.connect({
    url: nats.url,
    service: 'failover',
    instance: 'bench',
    estate: estateName,
    logger: silentLogger,
  });
  await provisionBus(bus.connection, { estate: estateName });
  const portFile = join(folder, 'port');
  const child: ChildProcess = spawn(process.execPath, [join(project, 'services/notifier/dist/main.js')], {
    env: {
      ...process.env,
      DR_ESTATE: estate,
      DR_NATS_URL: nats.url,
      DR_HTTP_PORT_FILE: portFile,
      DR_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const close = async (): Promise<void> => {
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
    if (child.exitCode === null && child.signalCode === null) await gone;
    clearTimeout(late);
    await bus.close();
    await nats.stop();
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually(
      async () => {
        const port = await readFile(portFile, 'utf8');
        return (await fetch(`http://127.0.0.1:${port.trim()}/health/ready`)).ok || undefined;
      },
      { timeoutMs: 60_000, pauseMs: 50, what: 'the notifier is ready' },
    );
  } catch (error) {
    await close();
    throw error;
  }
  return { bus, receiver, close };
}

/** The running example with one audience of ours and so many customers, all told by webhook. */
async function estateText(hookUrl: string, recipients: number, gather: string): Promise<string> {
  const lab = await readFile(join(project, 'lab/estate.yaml'), 'utf8');
  const communication = lab.indexOf('\ncommunication:\n');
  const templates = lab.indexOf('  templates:\n', communication);
  const contacts = lab.indexOf('\ncontacts:\n', templates);
  const customers = Array.from({ length: recipients }, (_, index) => `c${index}`);
  const audience =
    recipients === 0
      ? ''
      : `
    - { name: customers, title: Customers, order: 2, contacts: [${customers.join(', ')}], channels: [customers], updateEvery: 4h, startAfter: 0s, customer: true }`;
  return `${lab.slice(0, communication)}
communication:
  statusPage: { title: Status }
  storm: { messages: 100000, per: 15m, gather: ${gather}, calm: 1h }
  channels:
    - { name: ours, kind: webhook, url: '${hookUrl}', ratePerSecond: 100000, concurrency: 64 }
    - { name: customers, kind: webhook, url: '${hookUrl}', ratePerSecond: 100000, concurrency: 64 }
  audiences:
    - { name: ours, title: Ours, order: 1, contacts: [ops], channels: [ours], updateEvery: 4h, startAfter: 0s }${audience}
${lab.slice(templates, contacts)}
contacts:
  - { id: ops, name: Operations }
${customers.map((id) => `  - { id: ${id}, name: Customer }`).join('\n')}
`;
}
