import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pollUntil } from '../command/poll.js';
import { runtimeCommand } from '../haproxy/runtime-api.js';
import { freePort, temporaryFolder } from './places.js';
import { type ServerProcess, serverProcess } from './server-process.js';

export interface HaproxyServer extends ServerProcess {
  readonly runtime: { readonly host: string; readonly port: number };
  readonly port: number;
  /** As `systemctl reload`: another worker reads the configuration, and what was set at run time is gone. */
  reload(): Promise<void>;
}

/** HAProxy with one TCP backend `db` and a frontend of the same name, as is usual; servers by name to port, all but the first in maintenance. */
export async function startHaproxy(
  program: string,
  servers: Readonly<Record<string, number>>,
  {
    serverFin = '500ms',
  }: { /** How long half-closed sessions stay; `none`: as long as others. */ readonly serverFin?: string } = {},
): Promise<HaproxyServer> {
  const dir = temporaryFolder('haproxy').path;
  const [port, runtimePort] = [await freePort(), await freePort()];
  const lines = Object.entries(servers).map(
    ([name, target], i) => `  server ${name} 127.0.0.1:${target}${i === 0 ? '' : ' disabled'}`,
  );
  const config = [
    'global',
    `  stats socket ipv4@127.0.0.1:${runtimePort} level admin`,
    'defaults',
    '  mode tcp',
    '  timeout connect 1s',
    '  timeout client 60s',
    '  timeout server 60s',
    ...(serverFin === 'none' ? [] : [`  timeout server-fin ${serverFin}`]),
    'frontend db',
    `  bind 127.0.0.1:${port}`,
    '  default_backend db',
    'backend db',
    ...lines,
    '',
  ].join('\n');
  await writeFile(join(dir, 'haproxy.cfg'), config);
  const server = await serverProcess(program, ['-W', '-db', '-f', 'haproxy.cfg'], dir);
  const runtime = { host: '127.0.0.1', port: runtimePort };
  await pollUntil('the haproxy runtime api', () => runtimeCommand(runtime, 'show info', 500).catch(() => undefined), {
    timeoutMs: 10_000,
  });
  const worker = async () => {
    const info = await runtimeCommand(runtime, 'show info', 500).catch(() => '');
    return /^Pid: (?<pid>\d+)$/mu.exec(info)?.groups?.['pid'];
  };
  const reload = async (): Promise<void> => {
    const before = await worker();
    server.kill('SIGUSR2');
    const another = async () => {
      const now = await worker();
      return now === undefined || now === before ? undefined : now;
    };
    await pollUntil('another worker of haproxy', another, { timeoutMs: 10_000 });
  };
  return { ...server, runtime, port, reload };
}
