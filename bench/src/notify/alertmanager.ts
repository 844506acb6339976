import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { eventually, freePort } from '@novacron/bus/testing';

const program = 'prometheus-alertmanager';

/** Debian's Alertmanager with one receiver, alone, with everything that makes it wait set to nothing. */
export interface Alertmanager {
  fire(labels: readonly Readonly<Record<string, string>>[]): Promise<void>;
  close(): Promise<void>;
}

export function hasAlertmanager(): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

/** @param groupWait how long it gathers what belongs together, such as `0s`. */
export async function startAlertmanager(hookUrl: string, groupBy: string, groupWait: string): Promise<Alertmanager> {
  const folder = await mkdtemp(join(tmpdir(), 'dr-bench-alertmanager-'));
  const port = await freePort();
  const config = join(folder, 'alertmanager.yml');
  await writeFile(
    config,
    `route: { receiver: hook, group_by: [${groupBy}], group_wait: ${groupWait}, group_interval: 1s, repeat_interval: 4h }
receivers: [{ name: hook, webhook_configs: [{ url: '${hookUrl}', send_resolved: false }] }]
`,
  );
  const child = spawn(
    program,
    [
      `--config.file=${config}`,
      `--storage.path=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
      '--log.level=error',
    ],
    { stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await gone;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually(async () => (await fetch(`${url}/-/ready`)).ok || undefined, {
      timeoutMs: 30_000,
      what: 'it is ready',
    });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async fire(labels) {
      const response = await fetch(`${url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(labels.map((own) => ({ labels: own }))),
      });
      if (!response.ok) throw new Error(`alertmanager answered ${response.status}`);
    },
    close,
  };
}
