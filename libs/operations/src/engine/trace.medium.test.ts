import { type Ambient, type Bus, currentAmbient, withAmbient } from '@novacron/bus';
import { eventually } from '@novacron/bus/testing';
import type { StepContext } from '../steps/step.js';
import { EngineFixture } from '../testing/engine-fixture.js';
import { aGate } from '../testing/gate.js';
import { Ledger, ledgerStep } from '../testing/ledger.js';

let fixture: EngineFixture;
beforeAll(async () => {
  fixture = await EngineFixture.start();
});
afterEach(() => fixture.clean());
afterAll(() => fixture.stop());

const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const tracestate = 'vendor=of the command';
const command: Ambient = { correlationId: 'request', traceparent, tracestate };
const stranger: Ambient = { correlationId: 'stranger', traceparent: `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01` };

it('steps and listeners of an operation belong to the trace of its command, also after a takeover', async () => {
  const bus = await fixture.bus();
  const seen: { where: string; ambient: Ambient | undefined }[] = [];
  const look = (where: string): void => void seen.push({ where, ambient: currentAmbient() });
  const entered = aGate();
  const before = async ({ attempt, signal }: StepContext): Promise<void> => {
    look('step');
    if (attempt > 1) return;
    entered.open();
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  };
  const ledger = new Ledger();
  const ask = { name: 'ask', approval: { title: '', expiresAfterMs: 60_000, reason: () => '' } };
  const nodes = [ledgerStep(ledger, 'a', { before }), ask, ledgerStep(ledger, 'b', { before: () => look('step') })];
  const started = (on: Bus) => fixture.engine(on, nodes, { onRecord: async ({ kind }) => look(kind) });

  const first = await started(bus);
  const { operationId } = await withAmbient(command, () =>
    first.begin({ runbook: 'move', params: {}, correlationId: 'incident', causedBy: { id: 'event-7' } }),
  );
  await entered.opened;
  await first.stop(10);
  const second = await started(await fixture.bus(bus.estate));
  // Whoever approves has a trace of their own; what the operation then does is still the operation's.
  await eventually(() => withAmbient(stranger, () => second.approve(operationId, 'ann')).then(() => true));
  expect((await second.wait(operationId, { timeoutMs: 15_000 })).state).toBe('completed');

  expect(new Set(seen.map(({ where }) => where))).toEqual(
    new Set(['started', 'claimed', 'intent', 'step', 'done', 'approval-requested', 'approved', 'ended']),
  );
  for (const { where, ambient } of seen) {
    expect({ where, ...ambient }).toMatchObject({
      ...{ correlationId: 'incident', causationId: 'event-7', tracestate },
      traceparent: expect.stringMatching(new RegExp(`^00-${'a'.repeat(32)}-`, 'u')) as string,
    });
  }
});
