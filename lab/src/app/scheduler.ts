/** The sample application's scheduler: while its site is active it puts a job into the site's Redis at each beat. */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { readAppConfig } from './app-config.js';
import { beat, log } from './heartbeat.js';

const longestQueue = 1_000;

const config = await readAppConfig(process.argv[2]);
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

await beat(config, 'scheduler', async () => {
  await redis.lpush('jobs', `${config.site}-${randomUUID()}`);
  await redis.ltrim('jobs', 0, longestQueue - 1);
});
