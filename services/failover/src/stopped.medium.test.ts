import 'reflect-metadata';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { eventually } from '@novacron/bus/testing';
import { DnsZone, RedisMember } from '@novacron/drivers';
import { freePort } from '@novacron/drivers/testing';
import { failoverReport } from './domain/report/failover-report.js';
import { FailoverRunner } from './testing/failover-runner.js';
import { startTestEstate, type TestEstate } from './testing/test-estate.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;

describe('an unplanned move whose names, caches, pools and applications cannot be switched', () => {
  let estate: TestEstate;
  let runner: FailoverRunner;
  let agent: Server;
  let answers: number;

  beforeEach(async () => {
    answers = 503;
    agent = createServer((request, response) => {
      void json(request).then(() => response.writeHead(answers).end());
    });
    await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(agent.address() as AddressInfo).port}`;
    estate = await startTestEstate('synchronous', { applicationsUrl: url, caches: true });
    runner = await FailoverRunner.start(estate);
  }, limitMs);

  afterEach(async () => {
    await runner?.stop();
    agent?.close();
    await estate?.stop();
  }, limitMs);

  /** Nobody listens where the name server and the new site's cache should be; what is returned puts that right. */
  const breakTargets = async (): Promise<() => void> => {
    const [following] = estate.targets.records;
    const members = estate.targets.caches[0]?.members as Map<string, RedisMember> | undefined;
    const cache = members?.get('secondary');
    if (following === undefined || members === undefined || cache === undefined) throw new Error('nothing to break');
    const { zone } = following;
    const port = await freePort();
    Object.assign(following, { zone: new DnsZone({ ...estate.names.options, port, timeoutMs: 300 }) });
    members.set('secondary', new RedisMember({ ...cache.options, port }));
    return () => {
      Object.assign(following, { zone });
      members.set('secondary', cache);
    };
  };

  it(
    'serves, stops for a human with the exact command for each of them, and goes on once they are mended',
    async () => {
      const mend = await breakTargets();
      await estate.primary.kill();

      const view = await runner.run();

      expect(view).toMatchObject({ state: 'failed' });
      expect(await estate.secondary.member.status()).toMatchObject({ inRecovery: false });
      await estate.secondary.member.query('create table served (n int)');
      const { operationId } = view;
      const order = { epoch: 2, operationId };
      const { zone, host, port, key } = estate.names.options;
      const target = JSON.stringify({ action: 'endpoint', name: 'pool', site: 'secondary', ...order });
      const mode = (site: string, word: string) => JSON.stringify({ action: 'mode', site, mode: word, ...order });
      const needs = view.needs ?? [];
      expect(needs.findLast((need) => !need.startsWith('or go on without it: '))).toBe(
        `then go on: nats req dr.novacron.command.failover.resume '{"operationId":"${operationId}","by":"…"}'`,
      );
      const update = `'update add app.novacron.test. 5 CNAME secondary.novacron.test.'`;
      const byHand = needs.filter((need) => need.startsWith('by hand: '));
      for (const part of [
        `'server ${host} ${port}' 'zone ${zone}' 'update delete app.novacron.test. CNAME' ${update} 'send' | nsupdate -k FILE-OF-KEY-${key.name}`,
        'replicaof no one',
        `-d '${target}'`,
        `-d '${mode('primary', 'standby')}'`,
        `-d '${mode('secondary', 'active')}'`,
      ]) {
        expect(byHand.join('\n')).toContain(part);
      }
      for (const step of ['switch-dns', 'switch-caches', 'switch-endpoints', 'switch-applications'])
        expect(needs.join('\n')).toContain(`(step ${step})`);
      expect(needs.join('\n')).not.toContain(key.secretBase64);
      const told = await eventually(() => runner.events.find(({ name }) => name === 'failover-failed'));
      expect(told?.data['needs']).toEqual(needs);

      mend();
      answers = 200;
      await runner.operations.resume(operationId, 'Jane');
      expect(await runner.ended(operationId)).toMatchObject({ state: 'completed' });
      expect(await estate.targets.records[0]?.zone.read('app.novacron.test', 'CNAME')).toEqual([
        'secondary.novacron.test',
      ]);
    },
    limitMs,
  );

  it(
    'goes on without what a human did by hand or gave up, and says so wherever it tells the outcome',
    async () => {
      await estate.primary.kill();
      const { operationId, needs } = await runner.run();
      const offer = (step: string) =>
        `or go on without it: nats req dr.novacron.command.failover.resume '{"operationId":"${operationId}","by":"…","skip":"${step}","reason":"…"}'`;
      expect(needs).toEqual(expect.arrayContaining(['switch-endpoints', 'switch-applications'].map(offer)));

      await runner.operations.resume(operationId, 'Jane', 'the pool is no more', 'switch-endpoints');
      const again = await eventually(async () => {
        const view = await runner.operations.status(operationId);
        return view.state === 'failed' && !view.needs?.includes(offer('switch-endpoints')) ? view : undefined;
      });
      expect(again.needs).toContain(offer('switch-applications'));
      for (const step of ['promote', 'validate', 'switch-endpoints']) {
        await expect(runner.operations.resume(operationId, 'Jane', 'why not', step)).rejects.toMatchObject({
          code: 'CONFLICT',
          hint: 'without these it can: switch-applications',
        });
      }
      await runner.operations.resume(operationId, 'Bob', 'started by hand', 'switch-applications');

      const skippedSteps = ['switch-endpoints', 'switch-applications'];
      const completed = await eventually(() => runner.events.find(({ name }) => name === 'failover-completed'));
      expect(completed.data).toMatchObject({ toSite: 'secondary', skippedSteps });
      const told = runner.events.filter(({ name }) => name === 'failover-step-skipped').map(({ data }) => data);
      expect(told).toMatchObject([
        { step: 'switch-endpoints', by: 'Jane', reason: 'the pool is no more' },
        { step: 'switch-applications', by: 'Bob', reason: 'started by hand' },
      ]);
      const seen = { outcome: 'completed' };
      const report = failoverReport(await runner.operations.state(operationId), seen, []);
      expect(report['steps']).toContainEqual(
        expect.objectContaining({ step: 'switch-endpoints', skipped: { by: 'Jane', reason: 'the pool is no more' } }),
      );
      expect(JSON.stringify(report['changes'])).not.toContain('endpoint pool');
    },
    limitMs,
  );
});
