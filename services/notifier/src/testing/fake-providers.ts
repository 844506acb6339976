import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export type ProviderName =
  'pagerduty' | 'slack-api' | 'slack-hook' | 'teams' | 'calls' | 'messages' | 'webhook' | 'switch';

/** How a provider treats a request. `drop-after`: it takes the message and breaks the connection. */
export type ProviderManner =
  | 'accept'
  | 'hang'
  | 'drop-before'
  | 'drop-after'
  | {
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
      readonly takes?: boolean;
    };

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
        .writeHead(200, { 'content-type': 'application/json' })
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
    const takes = typeof manner === 'string' || manner.takes === true || manner.status < 300;
    if (takes) {
      serial += 1;
      taken.push({ ...message, body: { ...body, sid: `SID${serial}`, created: new Date(nowMs()).toUTCString() } });
    }
    if (manner === 'drop-after') {
      request.socket.destroy();
      return;
    }
    const { status = okStatus[provider] ?? 200, headers = {}, body: own } = typeof manner === 'string' ? {} : manner;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(own ?? (takes ? receipt(provider, body, serial) : '{}'));
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
  return path.includes('/chat.postMessage') ? 'slack-api' : names.find((name) => path.startsWith(`/${name}`));
}

function bodyOf(type: string, text: string): Record<string, unknown> {
  if (type.includes('form')) return Object.fromEntries(new URLSearchParams(text));
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { text };
  }
}

function receipt(provider: ProviderName, body: Record<string, unknown>, serial: number): string {
  if (provider === 'pagerduty') return JSON.stringify({ status: 'success', dedup_key: body['dedup_key'] });
  if (provider === 'slack-api')
    return JSON.stringify({ ok: true, ts: `1700000000.${String(serial).padStart(6, '0')}` });
  if (provider === 'calls' || provider === 'messages') return JSON.stringify({ sid: `SID${serial}`, status: 'queued' });
  return provider === 'webhook' ? '' : 'ok';
}

/** What Twilio says it has for a number. */
function listing(provider: ProviderName, path: string, taken: readonly ProviderMessage[]): object {
  const to = new URL(path, 'http://x').searchParams.get('To');
  const found = taken
    .filter((one) => one.provider === provider && one.body['To'] === to)
    .map(({ body }) => ({ sid: body['sid'], to, body: body['Body'], date_created: body['created'] }));
  return { [provider]: found };
}
