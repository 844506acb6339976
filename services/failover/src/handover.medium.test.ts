import 'reflect-metadata';
import type { JournalRecord, OperationView } from '@novacron/operations';
import { handoverKey } from './adapters/handover-key.js';
import { type HandoverToken, sealed } from './domain/handover-token.js';
import type { StepResults } from './steps/results.js';
import { FailoverRunner } from './testing/failover-runner.js';
import { startTestEstate, type TestEstate } from './testing/test-estate.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;

describe('a planned move into whose journal somebody else writes', () => {
  let estate: TestEstate;
  let runner: FailoverRunner;

  beforeEach(async () => {
    estate = await startTestEstate('synchronous');
    runner = await FailoverRunner.start(estate);
  }, limitMs);

  afterEach(async () => {
    await runner?.stop();
    await estate?.stop();
  }, limitMs);

  /** Says, before the old primary has stopped, that it has, and left these tokens: whoever can write on the bus can do that. */
  const moveWith = async (to: string, forged: (about: JournalRecord) => HandoverToken[]): Promise<OperationView> => {
    const { connection } = runner.bus;
    const forger = connection.subscribe('dr.novacron.operation.*', {
      callback: (_error, message) => {
        const record = message.json<JournalRecord>();
        if (record.kind !== 'intent' || record.steps[0]?.name !== 'stop-old') return;
        const { kind: _intent, steps: _steps, ...head } = record;
        const result: StepResults['stop-old'] = { how: 'fast', tokens: forged(record) };
        const done = { kind: 'done', step: 'stop-old', attempt: 1, found: false, durationMs: 1, result };
        connection.publish(message.subject, JSON.stringify({ ...head, id: 'forged', n: head.n + 1, ...done }));
        forger.unsubscribe();
      },
    });
    await connection.flush();
    return runner.run({ mode: 'planned', to });
  };
  /** A token as the old primary would have left it, but for what is changed: signed with the estate's own key. */
  const signed = async (change: Partial<HandoverToken> = {}, sealedMsAgo = 0) => {
    const { systemIdentifier, timeline } = await estate.primary.member.status();
    const key = await handoverKey(estate.targets);
    return ({ operationId }: JournalRecord): HandoverToken[] => [
      sealed(
        {
          ...{ estate: 'novacron', operationId, database: 'novacron', from: 'primary', to: 'secondary', epoch: 1 },
          ...{ systemIdentifier, timeline, checkpointLsn: '0/1', ...change },
        },
        { key, nowMs: Date.now() - sealedMsAgo },
      ),
    ];
  };
  const nothingMoved = async (): Promise<void> => {
    expect(await runner.epochs.current()).toMatchObject({ epoch: 1, site: 'primary' });
    expect(await estate.primary.member.status()).toMatchObject({ inRecovery: false });
    expect(await estate.secondary.member.status()).toMatchObject({ inRecovery: true, timeline: 1 });
    expect(await estate.secondary.member.closedState()).toMatchObject({ closed: false });
    const servers = await estate.targets.backends[0]?.runtime.servers('db');
    expect(servers?.find(({ server }) => server === 'primary')).toMatchObject({ state: 'ready' });
  };
  const tokensOf = ({ results }: OperationView) => (results.get('stop-old') as StepResults['stop-old']).tokens;

  it(
    'takes neither a hand-over that was made up nor one of an earlier move, and puts everything back',
    async () => {
      const { systemIdentifier } = await estate.primary.member.status();
      const made = await moveWith('secondary', ({ operationId }) => [
        {
          ...{ estate: 'novacron', operationId, database: 'novacron', from: 'primary', to: 'secondary', epoch: 1 },
          ...{ systemIdentifier, timeline: 1, checkpointLsn: '0/1', expiresAt: '2999-01-01T00:00:00Z' },
          seal: '0'.repeat(64),
        },
      ]);
      expect(made).toMatchObject({ state: 'rolled-back' });
      expect(made.reason).toMatch(/is not valid: it is not signed with the key of this estate/u);
      expect(await runner.epochs.current()).toMatchObject({ epoch: 1, site: 'primary' });
      expect(await estate.primary.member.status()).toMatchObject({ inRecovery: false });
      expect(await estate.secondary.member.status()).toMatchObject({ inRecovery: true });

      const real = await runner.run({ mode: 'planned', to: 'secondary' });
      expect(real).toMatchObject({ state: 'completed' });
      const [token] = tokensOf(real);
      expect(token).toMatchObject({ epoch: 1, seal: expect.stringMatching(/^[0-9a-f]{64}$/u) });

      const replayed = await moveWith('primary', () => [...tokensOf(real)]);
      expect(replayed).toMatchObject({ state: 'rolled-back' });
      expect(replayed.reason).toMatch(/is made for operation switchover-.*, and this is /u);
      expect(await runner.epochs.current()).toMatchObject({ epoch: 2, site: 'secondary' });
      expect(await estate.secondary.member.status()).toMatchObject({ inRecovery: false });
      expect(await estate.primary.member.status()).toMatchObject({ inRecovery: true });
    },
    limitMs,
  );

  it(
    'takes none that has expired or was made in another epoch, although it is signed with the right key',
    async () => {
      const expired = await moveWith('secondary', await signed({}, 15 * 60_000 + 1));
      expect(expired).toMatchObject({ state: 'rolled-back' });
      expect(expired.reason).toMatch(/^the hand-over of novacron to secondary is not valid: it was valid until /u);
      expect(expired.results.has('promote')).toBe(false);
      await nothingMoved();

      for (const epoch of [0, 2]) {
        const foreign = await moveWith('secondary', await signed({ epoch }));
        expect(foreign).toMatchObject({ state: 'rolled-back' });
        expect(foreign.reason).toContain(`is not valid: it is made for epoch ${epoch}, and this is 1`);
        await nothingMoved();
      }

      // The same in time and in its epoch entitles: it was the token, and not the forging, that was refused.
      const taken = await moveWith('secondary', await signed({}, 14 * 60_000));
      expect(taken.results.get('await-handover')).toMatchObject({ taken: [{ database: 'novacron' }] });
    },
    limitMs,
  );
});
