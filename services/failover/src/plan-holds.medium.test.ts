import 'reflect-metadata';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { DnsZone, HaproxyRuntime, PostgresMember, RedisMember } from '@novacron/drivers';
import { FailoverRunner } from './testing/failover-runner.js';
import { startTestEstate, type TestEstate } from './testing/test-estate.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;

interface Called {
  readonly method: string;
  /** The line of the plan that announces it. */
  readonly line: RegExp;
}

type Announced = (target: never, ...args: never[]) => string;
type Named = { readonly name: string };
interface Driver {
  readonly type: { readonly prototype: object };
  /** What only looks, or is part of another method. Whatever else is called has to be announced. */
  readonly looks: readonly string[];
  /** What changes something, as it stands in the plan. */
  readonly changes: Readonly<Record<string, Announced>>;
}

const drivers: readonly Driver[] = [
  {
    type: PostgresMember,
    looks: [
      ...[
        'status',
        'statusWithLine',
        'replicationLinks',
        'timelineHistory',
        'query',
        'receiverSettings',
        'closedState',
      ],
      ...['waitForReplay', 'readEpoch', 'readHeartbeat', 'controlData', 'replicationSlots'],
    ],
    changes: {
      cutWalReceiver: ({ name }: Named) => `${name}: primary_conninfo .* → empty`,
      pointAt: ({ name }: Named) => `${name}: primary_conninfo .* → \\w+`,
      closeStandby: ({ name }: Named) => `${name}: default_transaction_read_only → on`,
      promoteClosed: ({ name }: Named) => `${name}: standby.* → primary on`,
      openForWrites: ({ name }: Named) => `${name}: default_transaction_read_only on → off`,
      checkpoint: () => ': checkpoint',
      setSynchronousStandbys: ({ name }: Named) => `${name}: commits wait for`,
      createReplicationSlot: ({ name }: Named, slot: string) => `${name}: replication slot ${slot} absent → kept`,
      dropReplicationSlot: ({ name }: Named, slot: string) => `${name}: replication slot ${slot} kept → absent`,
      stopFast: ({ name }: Named) => `${name}: running → stopped`,
      becomeStandbyOf: ({ name }: Named) => `${name}: primary → standby of`,
      start: ({ name }: Named) => `${name}: stopped → running`,
      heartbeat: () => 'router: one write to novacron through it',
    },
  },
  {
    type: HaproxyRuntime,
    looks: ['servers', 'sessions', 'only', 'whereHeard', 'ask', 'send', 'change'],
    changes: {
      setState: (_runtime: never, backend: string, server: string) => `${backend}/${server} .* → `,
      endSessions: (_runtime: never, backend: string, server: string) => `${backend}/${server} .*, its sessions ended`,
      activate: (_runtime: never, backend: string, server: string) => `${backend}/${server} .* → ready`,
    },
  },
  {
    type: DnsZone,
    looks: ['read', 'message'],
    changes: { replace: (_zone: never, { name }: Named) => `${name} CNAME .* → ` },
  },
  {
    type: RedisMember,
    looks: ['status'],
    changes: {
      promote: ({ name }: Named) => `sessions ${name}: .* → master`,
      follow: ({ name }: Named) => `sessions ${name}: .* → replica of`,
    },
  },
];

describe('the plan of a move, held against what the move does', () => {
  let estate: TestEstate;
  let runner: FailoverRunner;
  let agent: Server;
  let called: Called[];
  let restore: (() => void)[];

  beforeEach(async () => {
    called = [];
    restore = [];
    agent = createServer((request, response) => {
      void json(request).then((body) => {
        const order = body as { action: string; name?: string; site: string; mode?: string };
        const line =
          order.action === 'mode' ? `applications of ${order.site}: .* → ${order.mode}` : `endpoint ${order.name}: `;
        called.push({ method: order.action, line: new RegExp(line, 'u') });
        response.writeHead(200).end();
      });
    });
    await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(agent.address() as AddressInfo).port}`;
    estate = await startTestEstate('synchronous', { applicationsUrl: url, caches: true });
    runner = await FailoverRunner.start(estate);
  }, limitMs);

  afterEach(async () => {
    for (const each of restore) each();
    await runner?.stop();
    agent?.close();
    await estate?.stop();
  }, limitMs);

  /** From here on every call of a driver is written down with the line that has to announce it. */
  const listen = (): void => {
    for (const { type, looks, changes } of drivers) {
      const { prototype } = type;
      const methods = Object.entries(Object.getOwnPropertyDescriptors(prototype));
      for (const [method, descriptor] of methods) {
        const real = descriptor.value as ((...args: unknown[]) => unknown) | undefined;
        if (real === undefined || method === 'constructor' || looks.includes(method)) continue;
        const announced = changes[method] as ((...args: unknown[]) => string) | undefined;
        Object.defineProperty(prototype, method, {
          ...descriptor,
          value: function (this: object, ...args: unknown[]) {
            const line = announced?.(this, ...args) ?? `${method} is neither among what looks nor among what changes`;
            called.push({ method, line: new RegExp(line, 'u') });
            return real.apply(this, args);
          },
        });
        restore.push(() => Object.defineProperty(prototype, method, descriptor));
      }
    }
  };

  it.each(['planned', 'unplanned'] as const)(
    'has announced every change, %s',
    async (mode) => {
      if (mode === 'unplanned') await estate.primary.kill();
      const plan = await runner.plan({ mode, to: 'secondary' });
      const lines = [...plan.values()].flat();
      listen();

      const view = await runner.run({ mode, to: 'secondary' });

      expect(view).toMatchObject({ state: 'completed' });
      const methods = new Set(called.map(({ method }) => method));
      const each = [
        'endSessions',
        'closeStandby',
        'promoteClosed',
        'openForWrites',
        'createReplicationSlot',
        'replace',
        'follow',
        'endpoint',
      ];
      expect([...methods]).toEqual(expect.arrayContaining(each));
      const silent = called.filter(({ line }) => !lines.some((words) => line.test(words)));
      expect(silent.map(({ method, line }) => `${method}: ${line.source}`)).toEqual([]);
    },
    limitMs,
  );
});
