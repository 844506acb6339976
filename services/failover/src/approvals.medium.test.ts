import 'reflect-metadata';
import { eventually } from '@novacron/bus/testing';
import { FailoverWorld } from './testing/failover-world.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;

describe('a failover that asks', () => {
  let world: FailoverWorld;

  afterEach(async () => {
    await world?.stop();
  }, limitMs);

  it(
    'moves once two persons have said yes, and neither twice',
    async () => {
      world = await FailoverWorld.start({ failover: { automation: 'partial', approvals: 2 } });
      await world.primary.member.query('create table kept (n int primary key)');
      await world.primary.member.query('insert into kept select generate_series(1, 100)');
      await world.lose();

      expect(await world.verdict('automation-partial')).toMatchObject({
        action: 'ask',
        shouldFailover: false,
        targetSite: 'secondary',
      });
      const asked = await world.event('failover-approval-requested');
      const operationId = String(asked['operationId']);
      expect(asked).toMatchObject({
        approvalsNeeded: 2,
        site: 'primary',
        targetSite: 'secondary',
        estimatedLostRows: 0,
      });
      expect(asked['commands']).toEqual([
        expect.stringContaining('command.failover.approve'),
        expect.stringContaining('command.failover.abort'),
      ]);
      await expect(world.start({ by: 'Ann' })).rejects.toMatchObject({
        code: 'OPERATION_RUNNING',
        hint: expect.stringContaining(`command.failover.abort '{"operationId":"${operationId}"`),
      });

      expect((await world.approve(operationId, 'Jane')).message).toContain('waits for 1 more');
      await expect(world.approve(operationId, ' jane ')).rejects.toMatchObject({
        code: 'CONFLICT',
        hint: 'another person must approve',
      });
      expect((await world.secondary.member.status()).inRecovery).toBe(true);
      await world.approve(operationId, 'Bob');

      expect(await world.verdict('approved')).toMatchObject({
        ...{ shouldFailover: true, operationId, reason: expect.stringMatching(/Approved by Jane and Bob$/u) },
      });
      expect(await world.event('failover-completed')).toMatchObject({
        operationId,
        toSite: 'secondary',
        lostRows: 0,
        lostBytes: 0,
      });
      const [row] = await world.secondary.member.query<{ n: number }>('select count(*)::int as n from kept');
      expect(row?.n).toBe(100);

      const report = await world.report(operationId);
      expect(report).toMatchObject({
        ...{
          outcome: 'completed',
          mode: 'unplanned',
          fromSite: 'primary',
          toSite: 'secondary',
          epoch: { from: 1, to: 2 },
        },
        estateHash: expect.stringMatching(/^[0-9a-f]{8,}$/u),
        decision: { by: 'the failover service', approvedBy: ['Jane', 'Bob'], rule: 'site-down', confidence: 0.95 },
        fence: { required: 'L1', reached: expect.stringMatching(/^L[123]$/u), commits: { commitsBlocked: true } },
        rto: { targetMs: expect.any(Number), measured: { approveMs: expect.any(Number) }, met: expect.any(Boolean) },
        rpo: { estimated: { rows: 0, bytes: 0 }, measured: { rows: 0, bytes: 0, ms: 0 }, met: true },
      });
      const { evidence } = report['decision'] as { evidence: { fact: string; source: string }[] };
      expect(evidence.map(({ source }) => source)).toEqual(expect.arrayContaining(['vantage alpha', 'failover']));
      const changes = (report['changes'] as { changes: string[] }[]).flatMap((step) => step.changes);
      expect(changes).toEqual(
        expect.arrayContaining([
          'epoch 1 → 2, held by primary → secondary',
          'novacron secondary: standby on timeline 1 → primary on timeline 2',
          'novacron secondary: receives from primary → from nobody',
        ]),
      );
      await expect(world.report('failover-never')).rejects.toMatchObject({ code: 'NOT_FOUND' });

      await expect(world.approve(operationId, 'Ann')).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringMatching(/does not wait for an approval: it was approved by Jane and Bob/u),
        hint: expect.stringMatching(/begun as a new operation$/u),
      });
      await expect(world.abort(operationId, 'Ann')).rejects.toMatchObject({
        ...{ code: 'CONFLICT', hint: expect.stringMatching(/begun as a new operation$/u) },
      });
      await expect(world.approve('failover-never', 'Ann')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    },
    limitMs,
  );

  it(
    'asks again when nobody answers in time, and does as a human who says no',
    async () => {
      world = await FailoverWorld.start({ failover: { automation: 'partial', approvalExpiry: '2s' } });
      await world.lose();
      const first = String((await world.event('failover-approval-requested'))['operationId']);

      expect(await world.ended(first)).toBe('rolled-back');
      await expect(world.approve(first, 'Jane')).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringMatching(/the time to approve is over/u),
        hint: expect.stringMatching(/asked for again, or started by hand$/u),
      });
      await world.event('failover-approval-requested', ({ operationId }) => operationId !== first);
      // What is asked may run out, and be asked once more, before the answer arrives.
      await eventually(
        async () => {
          const last = world.events.findLast(({ name }) => name === 'failover-approval-requested');
          await world
            .abort(String(last?.data['operationId']), 'Jane', 'power is back in a minute')
            .catch(() => undefined);
          return world.events.some(({ data }) => data['code'] === 'declined');
        },
        { what: 'a no that is heard', timeoutMs: 90_000, pauseMs: 500 },
      );

      expect(await world.verdict('declined')).toMatchObject({
        ...{ action: 'none', reason: expect.stringMatching(/Jane decided against moving service: power is back/u) },
      });
      expect((await world.secondary.member.status()).inRecovery).toBe(true);
    },
    limitMs,
  );

  it(
    'takes the question back when the primary is well again',
    async () => {
      world = await FailoverWorld.start({ failover: { automation: 'partial' } });
      await world.lose();
      const operationId = String((await world.event('failover-approval-requested'))['operationId']);

      await world.primary.member.start();
      world.seen = 'ok';

      expect(await world.ended(operationId)).toBe('aborted');
      expect(await world.event('failover-rolled-back')).toMatchObject({
        operationId,
        reason: expect.stringMatching(/well again|not needed/u),
      });
      await expect(world.approve(operationId, 'Jane')).rejects.toMatchObject({ code: 'CONFLICT' });
    },
    limitMs,
  );

  it(
    'lets the person who started it not be the second one, and names who is missing',
    async () => {
      world = await FailoverWorld.start({ failover: { approvals: 2 } });
      await expect(world.start()).rejects.toMatchObject({ code: 'INVALID_MESSAGE', details: [{ path: 'by' }] });

      const { operationId } = await world.start({ by: 'Jane', reason: 'the room floods' });

      expect(await world.event('failover-approval-requested')).toMatchObject({
        approvalsNeeded: 1,
        reason: expect.stringMatching(/^Jane asks.*the room floods/u),
      });
      await expect(world.approve(operationId, 'Jane')).rejects.toMatchObject({
        ...{ code: 'CONFLICT', message: expect.stringMatching(/asked for this/u), hint: 'another person must approve' },
      });
      await world.abort(operationId, 'Jane');
      expect(await world.ended(operationId)).toBe('aborted');
    },
    limitMs,
  );
});
