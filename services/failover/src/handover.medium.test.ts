import 'reflect-metadata';
import type { JournalRecord, OperationView } from '@novacron/operations';
import type { HandoverToken } from './domain/handover-token.js';
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
});
