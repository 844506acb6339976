import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { Kvm } from '@nats-io/kv';
import { Bus, epochKey, Epochs, provisionBus, silentLogger } from '@novacron/bus';
import { type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { buckets } from '@novacron/contracts';
import { pollUntil, requireProgram, runCommand } from '@novacron/drivers';
import { temporaryFolder } from '@novacron/drivers/testing';
import { startTestEstate, type TestEstate } from './testing/test-estate.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;

/** The lines of the page as they stand there, by the program that they need. */
const page = readFileSync(join(import.meta.dirname, '../../../docs/operations.md'), 'utf8');
const chapter = page.slice(page.indexOf('## Without the bus'), page.indexOf('## Every day'));
const lines = [...chapter.matchAll(/```sh\n(?<text>.*?)```/gsu)].flatMap(({ groups }) =>
  (groups?.['text'] ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== ''),
);
const programs = ['psql', 'socat', 'nsupdate', 'redis-cli', 'nats'] as const;
type Program = (typeof programs)[number];
const needs = (line: string): Program | undefined =>
  programs.find((name) => new RegExp(`(?:^|\\| )${name} `, 'u').test(line));
const linesOf = (program: Program): string[] => lines.filter((line) => needs(line) === program);

const path = [requireProgram('postgresBin'), process.env['PATH'] ?? '', '/usr/sbin', '/sbin'].join(delimiter);
const has = await Promise.all(
  programs.map(
    async (name) =>
      [
        name,
        await typed(`command -v ${name}`).then(
          () => true,
          () => false,
        ),
      ] as const,
  ),
);
const installed = new Map<Program, boolean>(has);

/** As a human types it, in a shell. */
async function typed(line: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout } = await runCommand({
    program: '/bin/sh',
    args: ['-c', line],
    env: { PATH: path, ...env },
    timeoutMs: 60_000,
  });
  return stdout;
}

function filled(line: string, values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values).reduce(
    (text, [name, value]) => text.replaceAll(new RegExp(`\\b${name}\\b`, 'gu'), String(value)),
    line,
  );
}

/** What needs a program that is not here stands among what was skipped, by its name. */
const withProgram = (program: Program) => (installed.get(program) === true ? describe : describe.skip);

describe('each line of docs/operations.md for a move without the bus', () => {
  let estate: TestEstate;
  const folder = temporaryFolder('break-glass');

  beforeAll(async () => {
    estate = await startTestEstate('synchronous', { caches: true });
  }, limitMs);
  afterAll(async () => {
    await estate?.stop();
    folder.remove();
  }, limitMs);

  it('is one that is tried here', () => {
    expect(lines.filter((line) => needs(line) === undefined)).toEqual([]);
    expect(programs.map((program) => [program, linesOf(program).length])).toEqual([
      ...[
        ['psql', 2],
        ['socat', 1],
        ['nsupdate', 1],
        ['redis-cli', 1],
        ['nats', 2],
      ],
    ]);
  });

  withProgram('psql')('by psql', () => {
    it(
      'asks every standby where it is, and promotes one',
      async () => {
        const [ask = '', promote = ''] = linesOf('psql');
        const { primary, secondary, dr } = estate;
        const at = ({ port, database }: typeof primary) => ({ HOST: '127.0.0.1', PORT: port, DATABASE: database });
        const env = { PGPASSWORD: primary.admin.password };
        await primary.kill();
        for (const standby of [secondary, dr])
          expect(await typed(filled(ask, at(standby)), env)).toMatch(/ t +\| [0-9A-F]+\/[0-9A-F]+/u);
        await typed(filled(promote, at(secondary)), env);
        expect(await secondary.member.status()).toMatchObject({
          inRecovery: false,
          synchronousStandbyNames: '',
          timeline: 2,
        });
        await secondary.member.query('create table kept (n int)');
      },
      limitMs,
    );
  });

  const routes = async (): Promise<string[]> => {
    const servers = await estate.targets.backends[0]?.runtime.servers('db');
    return (servers ?? []).map(({ server, state }) => `${server} ${state}`);
  };
  const toHaproxy = (site: string): string => {
    const values = { BACKEND: 'db', OLD: 'primary', NEW: site, HOST: '127.0.0.1', PORT: estate.router.runtime.port };
    return filled(linesOf('socat')[0] ?? '', values);
  };

  it(
    'gives HAProxy orders that it takes, whoever carries them',
    async () => {
      const order = await typed(`socat() { [ "$1" = stdio ] && cat; }; ${toHaproxy('dr')}`);
      const socket = connect(estate.router.runtime.port, '127.0.0.1').setEncoding('utf8');
      socket.end(order);
      expect((await socket.toArray()).join('').trim()).toBe('');
      expect(await routes()).toEqual(expect.arrayContaining(['primary maint', 'dr ready']));
    },
    limitMs,
  );

  withProgram('socat')('by socat', () => {
    it(
      'sends customers to the new site through HAProxy',
      async () => {
        await typed(toHaproxy('secondary'));
        expect(await routes()).toEqual(expect.arrayContaining(['primary maint', 'secondary ready']));
      },
      limitMs,
    );
  });

  withProgram('nsupdate')('by nsupdate', () => {
    it(
      'leads names to the new site',
      async () => {
        const { host, port, zone, key } = estate.names.options;
        const file = join(folder.path, 'key');
        writeFileSync(file, `key "${key.name}" { algorithm ${key.algorithm}; secret "${key.secretBase64}"; };\n`);
        const values = {
          HOST: host,
          PORT: port,
          ZONE: zone,
          NAME: `app.${zone}`,
          TTL: 5,
          VALUE: `secondary.${zone}`,
          FILE: file,
        };
        await typed(filled(linesOf('nsupdate')[0] ?? '', values));
        expect(await estate.targets.records[0]?.zone.read(`app.${zone}`, 'CNAME')).toEqual([`secondary.${zone}`]);
      },
      limitMs,
    );
  });

  withProgram('redis-cli')('by redis-cli', () => {
    it(
      'makes a cache the master',
      async () => {
        const cache = estate.targets.caches[0]?.members.get('secondary');
        const { host = '', port = 0, password = '' } = cache?.options ?? {};
        expect(await cache?.status()).toMatchObject({ role: 'replica' });
        // What is typed when it asks.
        await typed(`echo '${password}' | ${filled(linesOf('redis-cli')[0] ?? '', { HOST: host, PORT: port })}`);
        expect(await cache?.status()).toMatchObject({ role: 'master' });
      },
      limitMs,
    );
  });

  describe('writes down where service is', () => {
    let nats: RunningNats;
    let bus: Bus;
    const values = { ESTATE: 'novacron', NEW: 'secondary' };

    beforeAll(async () => {
      nats = await startNatsServer();
      const settings = { service: 'failover', instance: 'test', estate: 'novacron', logger: silentLogger } as const;
      bus = await Bus.connect({ url: nats.url, ...settings });
      await provisionBus(bus.connection, { estate: 'novacron' });
    }, limitMs);
    afterAll(async () => {
      await bus?.close();
      await nats?.stop();
    }, limitMs);

    const current = async () => (await Epochs.open(bus.connection, 'novacron')).current();

    it('under the name and in the form that the service reads', async () => {
      const words = `nats() { printf '%s\\n' "$@"; }; `;
      const [get = '', put = ''] = linesOf('nats').map((line) => filled(line, values));
      const asked = (await typed(words + get)).trim().split('\n');
      expect(asked).toEqual(['kv', 'get', buckets.epochs.name, epochKey('novacron'), '--raw']);
      const [, , bucket = '', key = '', record = ''] = (await typed(words + put)).trim().split('\n');
      await (await new Kvm(bus.jetstream).open(bucket, { allow_direct: false })).put(key, record);
      expect(await current()).toMatchObject({ epoch: 2, site: 'secondary', operationId: 'by-hand' });
    });

    withProgram('nats')('by nats', () => {
      it(
        'under the same',
        async () => {
          const [get = '', put = ''] = linesOf('nats').map((line) =>
            filled(line, values).replace('"epoch":2', '"epoch":3'),
          );
          const env = { NATS_URL: nats.url, HOME: folder.path };
          await typed(put, env);
          expect(JSON.parse(await typed(get, env))).toMatchObject({ epoch: 3, site: 'secondary' });
          await pollUntil('the epoch', async () => ((await current())?.epoch === 3 ? true : undefined), {
            timeoutMs: 10_000,
          });
        },
        limitMs,
      );
    });
  });
});
