/** The sample application's front door at one site: takes numbered rows, and says how the site's programs are. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { type AppMode, readAppConfig, readMode, writeMode } from './app-config.js';
import { type Background, backgroundPrograms, heartbeatOf, isAlive, log } from './heartbeat.js';
import { commitUntil, connectToPrimary } from './rows.js';

/** Just under what a client waits. */
const writeBudgetMs = 900;
/** A program may be in the middle of a piece of work. */
const modeBudgetMs = 2_000;
/** How long the last word about the database counts. */
const databaseSeenForMs = 5_000;

const config = await readAppConfig(process.argv[2]);
const pool = connectToPrimary(config, 'api', 10);
let databaseSeenAt = Number.NEGATIVE_INFINITY;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const routes: Record<string, (request: IncomingMessage) => Promise<Answer>> = {
  'POST /rows': addRow,
  'GET /rows/count': countRows,
  'GET /health/api': apiHealth,
  'GET /health/worker': () => backgroundHealth('worker'),
  'GET /health/scheduler': () => backgroundHealth('scheduler'),
  'POST /admin/mode': setMode,
};

/** 201 when the row is committed, on the synchronous standby too where there is one. */
async function addRow(request: IncomingMessage): Promise<Answer> {
  const { n } = (await json(request)) as { n?: unknown };
  if (!Number.isSafeInteger(n)) return { status: 400, body: { message: 'n must be a whole number' } };
  const sql = 'insert into app.rows (n, site) values ($1, $2) on conflict (n) do nothing';
  await commitUntil(pool, performance.now() + writeBudgetMs, sql, [n, config.site]);
  databaseSeenAt = performance.now();
  return { status: 201, body: { n, site: config.site } };
}

async function countRows(): Promise<Answer> {
  const { rows } = await pool.query<{ count: string }>('select count(*) from app.rows');
  return { status: 200, body: { count: Number(rows[0]?.count) } };
}

/** About this site alone: a database that is elsewhere, or gone, does not make the site's api ill. */
async function apiHealth(): Promise<Answer> {
  const databaseReached = performance.now() - databaseSeenAt < databaseSeenForMs;
  return { status: 200, body: { site: config.site, mode: await readMode(config.folder), databaseReached } };
}

async function backgroundHealth(program: Background): Promise<Answer> {
  const heartbeat = await heartbeatOf(config.folder, program);
  return { status: isAlive(heartbeat) ? 200 : 503, body: { site: config.site, program, ...heartbeat } };
}

/** 200 when the whole site is in that mode, 202 when a program that lives has not taken it up yet. */
async function setMode(request: IncomingMessage): Promise<Answer> {
  if (request.headers.authorization !== `Bearer ${config.adminToken}`) {
    return { status: 401, body: { message: 'the admin token is missing or wrong' } };
  }
  const { mode } = (await json(request)) as { mode?: unknown };
  if (mode !== 'active' && mode !== 'standby') return { status: 400, body: { message: 'mode is active or standby' } };
  await writeMode(config.folder, mode);
  log(`mode is ${mode}`);
  return { status: (await isTakenUp(mode)) ? 200 : 202, body: { site: config.site, mode } };
}

async function isTakenUp(mode: AppMode): Promise<boolean> {
  for (const deadline = performance.now() + modeBudgetMs; performance.now() < deadline; await delay(10)) {
    const heartbeats = await Promise.all(backgroundPrograms.map((program) => heartbeatOf(config.folder, program)));
    if (heartbeats.every((heartbeat) => heartbeat.mode === mode || !isAlive(heartbeat))) return true;
  }
  return false;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const route = routes[`${request.method} ${request.url?.split('?')[0]}`];
  const { status, body } = await (route?.(request) ?? { status: 404, body: { message: Object.keys(routes) } });
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    log(`${request.method} ${request.url} failed: ${String(error)}`);
    if (!response.headersSent) response.writeHead(503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ message: 'try again' }));
  });
}).listen(config.port, '127.0.0.1', () => log('api listens'));
