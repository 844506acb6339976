/** The sample application's worker: while its site is active it takes jobs from the site's Redis and writes that they are done. */
import { Redis } from 'ioredis';
import { readAppConfig, readMode } from './app-config.js';
import { beat, log } from './heartbeat.js';
import { commitUntil, connectToPrimary } from './rows.js';

const config = await readAppConfig(process.argv[2]);
const pool = connectToPrimary(config, 'worker', 1);
const redis = new Redis({
  host: '127.0.0.1',
  port: config.redis.port,
  password: config.redis.password,
  connectTimeout: 500,
  commandTimeout: 1_000,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  retryStrategy: () => 200,
});
redis.on('error', (error) => log(`redis: ${String(error)}`));

/** Told to stand by, the site must not be kept waiting by what the next one cannot take yet. */
const serves = async (): Promise<boolean> => (await readMode(config.folder)) === 'active';

await beat(config, 'worker', async () => {
  while (await serves()) {
    // The job stays at hand until it is written: a worker that dies leaves it to the next one.
    const job = (await redis.lindex('jobs:taken', 0)) ?? (await redis.lmove('jobs', 'jobs:taken', 'RIGHT', 'LEFT'));
    if (job === null) return;
    const sql = 'insert into app.jobs (id, site) values ($1, $2) on conflict (id) do nothing';
    await commitUntil(pool, performance.now() + 1_000, sql, [job, config.site], serves);
    await redis.lrem('jobs:taken', 1, job);
  }
});
