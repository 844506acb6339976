import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

export type ProviderName =
  'pagerduty' | 'slack-api' | 'slack-hook' | 'teams' | 'calls' | 'messages' | 'webhook' | 'switch';

/** How a provider treats a request. `drop-after`: it takes the message and breaks the connection. */
export type ProviderManner =
  | 'accept'
  /** It takes the message at once, and says so only then. */
  | { readonly answersAfterMs: number }
  | 'hang'
  | 'drop-before'
  | 'drop-after'
  | Answer;

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly takes?: boolean;
}

export interface ProviderMessage {
  readonly provider: ProviderName;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  /** The JSON body, or the fields of the form. */
  readonly body: Record<string, unknown>;
  /** By the test's clock. */
  readonly atMs: number;
}

/** PagerDuty, Slack, Twilio, Teams and a receiver of webhooks behind one real port, as badly behaved as the real ones can be. */
export interface FakeProviders {
  readonly url: string;
  /** What they took, in order. */
  readonly taken: ProviderMessage[];
  /** Every request, taken or not. */
  readonly asked: ProviderMessage[];
  manner: (provider: ProviderName, body: Record<string, unknown>) => ProviderManner;
  /** Called the moment it has taken a message, before it says so. */
  onTaken: (message: ProviderMessage) => void;
  close(): Promise<void>;
}

export async function startFakeProviders(nowMs: () => number = Date.now): Promise<FakeProviders> {
  const taken: ProviderMessage[] = [];
  const asked: ProviderMessage[] = [];
  let serial = 0;
  const answer = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const text = (await buffer(request)).toString('utf8');
    const path = request.url ?? '/';
    const provider = providerOf(path);
    if (provider === undefined) {
      response.writeHead(404).end();
      return;
    }
    if (request.method === 'GET') {
      response
        .writeHead(200, { 'content-type': 'application/json', date: new Date(nowMs()).toUTCString() })
        .end(JSON.stringify(listing(provider, path, taken)));
      return;
    }
    const body = bodyOf(request.headers['content-type'] ?? '', text);
    const message = { provider, path, headers: request.headers, body, atMs: nowMs() };
    asked.push(message);
    const manner = providers.manner(provider, body);
    if (manner === 'hang') return;
    if (manner === 'drop-before') {
      request.socket.destroy();
      return;
    }
    const plain: Partial<Answer> = typeof manner === 'string' || 'answersAfterMs' in manner ? {} : manner;
    const takes = plain.status === undefined || plain.takes === true || plain.status < 300;
    if (takes) {
      serial += 1;
      const ts = timestamp(nowMs(), serial);
      const own = { sid: `SID${serial}`, ts, created: new Date(nowMs()).toUTCString() };
      taken.push({ ...message, body: { ...body, ...own } });
      providers.onTaken(message);
    }
    const sid = serial;
    if (typeof manner === 'object' && 'answersAfterMs' in manner) await sleep(manner.answersAfterMs);
    if (manner === 'drop-after') {
      request.socket.destroy();
      return;
    }
    const { status = okStatus[provider] ?? 200, headers = {}, body: own } = plain;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(own ?? (takes ? receipt(provider, body, sid, nowMs()) : '{}'));
  };
  const server = http.createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const providers: FakeProviders = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    asked,
    manner: () => 'accept',
    onTaken: () => {},
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return providers;
}

const okStatus: Partial<Record<ProviderName, number>> = { pagerduty: 202, calls: 201, messages: 201, webhook: 204 };

function providerOf(path: string): ProviderName | undefined {
  if (path.includes('/Calls.json')) return 'calls';
  if (path.includes('/Messages.json')) return 'messages';
  const names = ['pagerduty', 'slack-hook', 'teams', 'webhook', 'switch'] as const;
  return path.includes('/chat.postMessage') || path.includes('/conversations.')
    ? 'slack-api'
    : names.find((name) => path.startsWith(`/${name}`));
}

function bodyOf(type: string, text: string): Record<string, unknown> {
  if (type.includes('form')) return Object.fromEntries(new URLSearchParams(text));
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { text };
  }
}

function timestamp(nowMs: number, serial: number): string {
  return `${Math.floor(nowMs / 1_000)}.${String(serial).padStart(6, '0')}`;
}

function receipt(provider: ProviderName, body: Record<string, unknown>, serial: number, nowMs: number): string {
  if (provider === 'pagerduty') return JSON.stringify({ status: 'success', dedup_key: body['dedup_key'] });
  if (provider === 'slack-api') return JSON.stringify({ ok: true, ts: timestamp(nowMs, serial) });
  if (provider === 'calls' || provider === 'messages') return JSON.stringify({ sid: `SID${serial}`, status: 'queued' });
  return provider === 'webhook' ? '' : 'ok';
}

/** What Twilio says it has for a number, or Slack in a conversation or a thread. */
function listing(provider: ProviderName, path: string, taken: readonly ProviderMessage[]): object {
  const asked = new URL(path, 'http://x').searchParams;
  const theirs = taken.filter((one) => one.provider === provider).map(({ body }) => body);
  if (provider === 'slack-api') {
    const thread = asked.get('ts');
    const inThread = (body: Record<string, unknown>): boolean =>
      thread === null ? body['thread_ts'] === undefined : body['thread_ts'] === thread || body['ts'] === thread;
    const recent = theirs.filter((body) => inThread(body) && Number(body['ts']) >= Number(asked.get('oldest')));
    return { ok: true, messages: recent.map(({ ts, metadata }) => ({ ts, metadata })) };
  }
  const to = asked.get('To');
  const found = theirs
    .filter((body) => body['To'] === to)
    .map((body) => ({ sid: body['sid'], to, body: body['Body'], date_created: body['created'] }));
  return { [provider]: found };
}
