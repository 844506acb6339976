import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { DrError } from '@novacron/contracts';

const host = '127.0.0.1';
const startTimeoutMs = 60_000;
const stopTimeoutMs = 5_000;
/** Python sources are not compiled: both `src` and `dist` find them here. */
const serverFile = join(import.meta.dirname, '../../src/s3/swift/site_server.py');

export interface S3SiteOptions {
  /** Name for errors only. */
  readonly site: string;
  /** Everything the site stores and its configuration; made when missing, taken up again when not. */
  readonly dataDir: string;
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Created when missing. */
  readonly bucket: string;
  /** The region requests must be signed for. */
  readonly region?: string;
  /** `s3Python`: the interpreter that OpenStack Swift is installed for. */
  readonly programs: { readonly s3Python: string };
  /** Appended to. */
  readonly logFile: string;
  /** Put before the program's command line, such as what ends it together with its starter. */
  readonly launcher?: readonly string[];
}

export interface S3Site {
  readonly endpoint: string;
  readonly region: string;
  readonly pid: number;
  /** Resolves when the server is gone, for whatever reason. */
  readonly exited: Promise<void>;
  /** Ends the server; resolves when it is gone. What it stored stays in `dataDir`. */
  stop(): Promise<void>;
}

/**
 * Starts one site's S3 endpoint, one unprivileged process on loopback, and resolves when it answers and has its bucket.
 * An object is on disk before its PUT is answered, so a killed process has lost nothing it acknowledged.
 * Throws COMMAND_FAILED with the end of its log when the server dies, TIMEOUT when it does not answer within a minute.
 */
export async function startS3Site(options: S3SiteOptions): Promise<S3Site> {
  const region = options.region ?? 'us-east-1';
  const endpoint = `http://${host}:${options.port}`;
  const child = await spawnServer(options, region);
  try {
    await untilReady(child, options);
    await createBucket(endpoint, region, options);
  } catch (error) {
    await stop(child);
    throw error;
  }
  const exited = new Promise<void>((resolve) => {
    if (hasEnded(child)) resolve();
    else child.once('exit', () => resolve());
  });
  return { endpoint, region, pid: child.pid as number, exited, stop: () => stop(child) };
}

async function spawnServer(options: S3SiteOptions, region: string): Promise<ChildProcess> {
  const { port, accessKeyId, secretAccessKey } = options;
  const dataDir = resolve(options.dataDir);
  const configFile = join(dataDir, 'site.json');
  await mkdir(dataDir, { recursive: true });
  await writeFile(configFile, JSON.stringify({ host, port, region, dataDir, accessKeyId, secretAccessKey }), {
    mode: 0o600,
  });
  const log = await open(options.logFile, 'a');
  try {
    // No user packages, no PYTHON* variables and no byte code beside the sources, which may be read-only.
    const words = [...(options.launcher ?? []), options.programs.s3Python, '-E', '-s', '-B', serverFile, configFile];
    const child = spawn(words[0] as string, words.slice(1), {
      cwd: dataDir,
      env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', log.fd],
    });
    await once(child, 'spawn');
    return child;
  } catch (cause) {
    throw new DrError('PROGRAM_MISSING', `cannot run ${options.programs.s3Python} for the s3 endpoint`, { cause });
  } finally {
    await log.close();
  }
}

/** Asks the process itself, since something else may answer on a port that it could not have. */
async function untilReady(child: ChildProcess, options: S3SiteOptions): Promise<void> {
  const abort = new AbortController();
  const outcome = await Promise.race([
    once(child.stdout as Readable, 'data', abort).then(() => 'ready'),
    once(child, 'exit', abort).then(() => 'ended'),
    delay(startTimeoutMs, 'silent', abort),
  ]);
  abort.abort();
  if (outcome === 'ready') return;
  const details = [{ path: options.logFile, problem: await lastLines(options.logFile) }];
  throw outcome === 'ended'
    ? new DrError('COMMAND_FAILED', `s3 endpoint of ${options.site} ended while starting`, { details })
    : new DrError('TIMEOUT', `s3 endpoint of ${options.site} does not answer`, { details });
}

async function createBucket(endpoint: string, region: string, options: S3SiteOptions): Promise<void> {
  const { accessKeyId, secretAccessKey, bucket } = options;
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  } catch (cause) {
    if (cause instanceof S3ServiceException && cause.name === 'BucketAlreadyOwnedByYou') return;
    throw new DrError('STORE_FAILED', `cannot create bucket ${bucket} of ${options.site}`, { cause });
  } finally {
    client.destroy();
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await ended;
  clearTimeout(timer);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function lastLines(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trimEnd().split('\n').slice(-3).join('\n');
}
