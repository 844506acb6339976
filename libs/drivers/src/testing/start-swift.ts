import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pollUntil } from '../command/poll.js';
import { freePort, temporaryFolder } from './places.js';
import { handOver } from './run-as.js';
import { type ServerProcess, serverProcess } from './server-process.js';

export interface SwiftServer extends ServerProcess {
  readonly endpoint: string;
  readonly port: number;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Debian installs Swift for its own interpreter alone. */
const python = '/usr/bin/python3';
const serverFile = join(import.meta.dirname, '../../../../lab/src/s3/swift/site_server.py');

/** The S3 server of the lab's sites, on loopback, with no bucket in it. */
export async function startSwift(): Promise<SwiftServer> {
  const dir = temporaryFolder('swift').path;
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const login = { region: 'us-east-1', accessKeyId: 'test', secretAccessKey: 'a secret of the test' };
  const settings = join(dir, 'site.json');
  await writeFile(settings, JSON.stringify({ host: '127.0.0.1', port, dataDir: dir, ...login }), { mode: 0o600 });
  handOver(settings);
  const server = await serverProcess(python, ['-E', '-s', '-B', serverFile, settings], dir);
  const answers = async (): Promise<true | undefined> =>
    fetch(endpoint, { signal: AbortSignal.timeout(1_000) }).then(
      () => true,
      () => undefined,
    );
  try {
    await pollUntil('swift', answers, { timeoutMs: 60_000 });
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { ...server, endpoint, port, ...login };
}
