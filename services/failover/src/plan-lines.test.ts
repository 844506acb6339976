import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Epochs } from '@novacron/bus';
import { type Estate, type FailoverMode, parseEstate } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import type { ReplicationMemory } from './adapters/replication-memory.js';
import { FailoverTargets } from './adapters/failover-targets.js';
import type { WriteLeases } from './adapters/write-leases.js';
import { runbookOf } from './domain/move-runbooks.js';
import { planReply } from './handlers/plan-reply.js';
import { failoverRunbooks } from './runbooks.js';
import type { FailoverParams } from './steps/failover-params.js';

/** The estate of the lab, with nobody at home: a plan is made all the same, and says what it does not know. */
const text = readFileSync(join(import.meta.dirname, '../../../lab/estate.yaml'), 'utf8').replace(/\b24\d{3}\b/gu, '1');

/** What each step changes outside, as its lines in the plan; nothing: it only looks. A step that is not here fails the test. */
const outside: Readonly<Record<string, 'nothing' | readonly RegExp[]>> = {
  'prepare-target': 'nothing',
  'look-again': 'nothing',
  'fence-route': [/^router: postgres\/primary .* → maint, its sessions ended$/u],
  'fence-commits': [
    /^novacron secondary: primary_conninfo .* → empty$/u,
    /^novacron dr: primary_conninfo .* → empty$/u,
  ],
  'confirm-fence': [/^nothing where the fence reaches L1 by then; else primary: power off by /u],
  'choose-standby': 'nothing',
  'advance-epoch': [/^epoch 4 → 5, held by primary → /u],
  'measure-loss': 'nothing',
  'close-target': [/default_transaction_read_only → on, autovacuum → off, synchronous_standby_names → /u],
  promote: [/standby.* → primary on .*, closed to writes$/u, /dr\.epoch .* → 5$/u],
  'prove-target': [/^nothing; reads positions and heartbeats/u, /^smoke test rows is run \(sql\)$/u],
  'open-writes': [
    /default_transaction_read_only on → off$/u,
    /autovacuum off → on, synchronous_standby_names → empty$/u,
  ],
  'switch-route': [/^router: postgres/u, /^router: http/u],
  'switch-dns': [/ → .*, TTL \d+ s$/u],
  'switch-caches': [/^sessions primary: .* → /u, /^sessions secondary: .* → /u],
  'switch-endpoints': [],
  'switch-applications': [/^applications of primary: active → standby/u],
  'fence-power': [/^primary: .* → off \(/u],
  validate: [/^router: one write to novacron through it$/u, /^router: one request to /u],
  'repoint-standbys': [
    /^novacron [a-z ]+: replication slot dr absent → kept$/u,
    /^novacron dr: primary_conninfo .* → /u,
  ],
  checkpoint: [/^novacron: checkpoint$/u],
  'hear-vantages': 'nothing',
  'checkpoint-old': [/^novacron primary: checkpoint$/u],
  'stop-old': [/^novacron primary: running → stopped/u],
  'await-handover': 'nothing',
  'rejoin-old': [
    /^novacron [a-z ]+: replication slot primary absent → kept$/u,
    /^novacron primary: primary → standby of /u,
    /^novacron primary: stopped → running$/u,
    /^novacron primary: replication slot .* kept → absent$/u,
  ],
};

const modes: readonly FailoverMode[] = ['planned', 'unplanned'];

describe('the plan of a move', () => {
  let estate: Estate;
  let steps: Record<FailoverMode, readonly Step<FailoverParams>[]>;
  const paramsOf = (mode: FailoverMode, to: string | undefined): FailoverParams => ({
    ...{ mode, from: 'primary', reason: 'plan', allowDataLoss: false, fenceRequired: 'L1', epoch: 4, epochRevision: 9 },
    ...{ decidedAt: '2026-01-01T00:00:00Z', ...(to === undefined ? {} : { to }) },
  });

  beforeAll(async () => {
    const parsed = parseEstate(text);
    if (parsed.estate === undefined) throw new Error(JSON.stringify(parsed.problems));
    estate = parsed.estate;
    const targets = await FailoverTargets.open(estate, { folder: '/', secret: () => Promise.resolve('c2VjcmV0') });
    const fencing = { targets, leases: {} as WriteLeases, memory: {} as ReplicationMemory };
    const runbooks = failoverRunbooks(fencing, {} as Epochs, () => Promise.resolve(undefined));
    const stepsOf = (mode: FailoverMode) =>
      (runbooks.find(({ name }) => name === runbookOf[mode])?.nodes ?? []).flatMap((node) =>
        'parallel' in node ? node.parallel : 'run' in node ? [node] : [],
      );
    steps = { planned: stepsOf('planned'), unplanned: stepsOf('unplanned') };
  });

  it('knows every step of every runbook', () => {
    const names = modes.flatMap((mode) => steps[mode].map(({ name }) => name));
    expect([...new Set(names)].toSorted()).toEqual(Object.keys(outside).toSorted());
  });

  it.each(modes.flatMap((mode) => ['secondary', undefined].map((to) => [mode, to] as const)))(
    'has a line for each change outside, %s to %s',
    async (mode, to) => {
      const missing: string[] = [];
      for (const step of steps[mode]) {
        const lines = (await step.describe?.(paramsOf(mode, to), AbortSignal.timeout(10_000))) ?? [];
        const wanted = outside[step.name] ?? [];
        const isWrong =
          wanted === 'nothing'
            ? lines.length === 0 || !lines.every((line) => line.startsWith('nothing'))
            : !wanted.every((pattern) => lines.some((line) => pattern.test(line)));
        if (isWrong) missing.push(`${step.name}: ${lines.join(' | ')}`);
      }
      expect(missing).toEqual([]);
    },
    60_000,
  );

  it('says that a write lease is revoked, where the estate gives the site one', async () => {
    const lines = async (name: string): Promise<readonly string[]> => {
      const step = steps.unplanned.find((each) => each.name === name);
      const params: FailoverParams = { ...paramsOf('unplanned', undefined), fenceRequired: 'L0' };
      return (await step?.describe?.(params, AbortSignal.timeout(10_000))) ?? [];
    };
    const [fence] = estate.failover.fences.filter(({ site }) => site === 'primary');
    Object.assign(fence ?? {}, { lease: { ttl: '10s' } });
    expect(await lines('confirm-fence')).toEqual([
      expect.stringMatching(/^nothing where the fence reaches L0 by then; else the write lease of primary is revoked/u),
    ]);
    expect(await lines('fence-power')).toEqual(expect.arrayContaining(['primary: write lease → revoked']));
  });

  it('says who is asked before, and what others do after it', () => {
    const node = { kind: 'approval', name: 'approve', title: 'wait for the approval', steps: [] } as const;
    const approval = { reason: 'Ann asks', approvals: 1 };
    const { steps: shown } = planReply('planned', { nodes: [node] }, { ...paramsOf('planned', 'secondary'), approval });
    expect(shown.map(({ step, changes }) => [step, changes])).toEqual([
      ['approve', ['FailoverApprovalRequested: nothing is touched until 1 more person says yes']],
      ['events', expect.arrayContaining(['backup takes a full backup of everything once service is on secondary'])],
    ]);
    expect(planReply('planned', { nodes: [node] }, paramsOf('planned', 'secondary')).steps).toHaveLength(1);
  });
});
