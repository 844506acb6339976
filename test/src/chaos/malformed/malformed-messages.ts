import { headers, type MsgHdrs } from '@nats-io/nats-core';

/** A message that nobody can handle, and the code its dead letter must have. */
export interface Malformed {
  readonly kind: string;
  readonly code: 'INVALID_MESSAGE' | 'UNSUPPORTED_MESSAGE';
  readonly body: string | Uint8Array;
  readonly headers: MsgHdrs;
}

const good = JSON.stringify({ vantage: 'alpha', since: '2026-03-15T10:00:00Z', reason: 'chaos' });

type Make = (n: number) => { body?: string | Uint8Array; headers?: Record<string, string>; unsupported?: boolean };

const kinds: Readonly<Record<string, Make>> = {
  'not JSON': (n) => ({ body: `{"vantage": "alpha" ${'}'.repeat(n % 7)}x` }),
  'nothing at all': () => ({ body: '' }),
  'JSON of another kind': (n) => ({ body: ['null', '17', '"text"', '[]', 'true', '[{}]'][n % 6] ?? '' }),
  'wrong types': (n) => ({ body: JSON.stringify({ vantage: n, since: {}, reason: ['x'] }) }),
  'a missing field': () => ({ body: '{"vantage":"alpha"}' }),
  'a hostile name': (n) => ({ body: good.replace('alpha', `../${'%00'.repeat(n % 5)}*.>`) }),
  'a prototype': () => ({ body: '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}' }),
  deep: (n) => ({ body: `${'['.repeat(5_000 + n)}${']'.repeat(5_000 + n)}` }),
  'deep in a field': (n) => ({ body: `{"vantage":${'{"a":'.repeat(1_000 + n)}1${'}'.repeat(1_000 + n)}}` }),
  'too large': (n) => ({
    body: `{"vantage":"alpha","since":"2026-03-15T10:00:00Z","reason":"${'x'.repeat(300_000 + n)}"}`,
  }),
  'UTF-16': () => ({ body: Buffer.from(good, 'utf16le') }),
  'invalid UTF-8': (n) => ({ body: Buffer.from([0x7b, 0x22, 0xff, 0xfe - (n % 16), 0x22, 0x7d]) }),
  'random bytes': (n) => ({ body: Uint8Array.from({ length: 64 }, (_, index) => (index * 37 + n * 101 + 128) % 256) }),
  'no type': () => ({ headers: { 'ce-type': '' } }),
  'an unknown type': (n) => ({ headers: { 'ce-type': `io.novacron.dr.Nope${n}.v1` }, unsupported: true }),
  'an unknown version': (n) => ({ headers: { 'ce-type': `io.novacron.dr.VantageLost.v${n + 2}` }, unsupported: true }),
  'the type of another event': () => ({ headers: { 'ce-type': 'io.novacron.dr.SiteLost.v1' }, unsupported: true }),
  'a version of CloudEvents': (n) => ({ headers: { 'ce-specversion': `${n + 2}.0` } }),
  'a broken time': () => ({ headers: { 'ce-time': 'the day before yesterday' } }),
  'a broken encoding': () => ({ headers: { 'ce-subject': '%FF%FE%ZZ' } }),
  'an endless id': () => ({ headers: { 'ce-id': 'x'.repeat(20_000) } }),
  'hostile headers': (n) => ({
    body: 'no',
    headers: {
      'dr-dlq-code': 'FAKE',
      'dr-dlq-deliveries': '-1',
      traceparent: `00-${'g'.repeat(32)}-${'0'.repeat(16)}-zz`,
      'ce-correlationid': '%0D%0ANats-Rollup: all',
      ...Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`ce-x${index}-${n}`, 'v'.repeat(300)])),
    },
  }),
};

const names = Object.keys(kinds);

/** The nth malformed message: each kind in its turn, none like the one before of its kind. */
export function malformed(n: number): Malformed {
  const kind = names[n % names.length] ?? '';
  const made = kinds[kind]?.(Math.floor(n / names.length)) ?? {};
  return {
    kind,
    code: made.unsupported === true ? 'UNSUPPORTED_MESSAGE' : 'INVALID_MESSAGE',
    body: made.body ?? good,
    headers: headersOf({
      'ce-specversion': '1.0',
      'ce-id': `bad-${n}`,
      'ce-type': 'io.novacron.dr.VantageLost.v1',
      'ce-source': '/chaos/health-monitor',
      'ce-time': '2026-03-15T10:00:00Z',
      'ce-subject': 'alpha',
      ...made.headers,
    }),
  };
}

function headersOf(fields: Readonly<Record<string, string>>): MsgHdrs {
  const out = headers();
  for (const [name, value] of Object.entries(fields)) if (value !== '') out.set(name, value);
  return out;
}
