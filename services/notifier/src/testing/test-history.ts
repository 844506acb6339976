import {
  type Delivered,
  FailoverCompleted,
  FailoverDecided,
  FailoverStepDone,
  HealthRecovered,
  type Message,
  RestorationCompleted,
  RestorationPhaseDone,
  RestorationPlanned,
  SiteLost,
} from '@novacron/contracts';

export const incident = 'SiteLost_primary_1';
export const failoverId = 'failover-20260315-100002-0001';
export const restorationId = 'restoration-20260315-101000-0001';

/** One fact of a history, and the correlation it travels with. */
export interface Fact {
  readonly data: Message;
  readonly correlationId: string;
}

const told = (data: Message): Fact => ({ data, correlationId: incident });
/** A restoration is started by a person: its events have a correlation of their own. */
const byHand = (data: Message): Fact => ({ data, correlationId: restorationId });

export const siteLost = new SiteLost({
  site: 'primary',
  episode: 1,
  since: '2026-03-15T10:00:00.000Z',
  reason: 'database, api and workers failed three times in a row',
  evidence: [],
  failedChecks: ['postgres', 'api', 'worker'],
  vantagesAgreeing: 3,
  vantagesSeeing: 3,
  confidence: 0.95,
});

export const failoverDecided = new FailoverDecided({
  site: 'primary',
  shouldFailover: true,
  reason: 'Complete primary site failure',
  confidence: 0.95,
  targetSite: 'secondary',
  services: ['payment_processing', 'user_authentication', 'core_scheduling'],
  evidence: [],
  operationId: failoverId,
  rule: 'site-down',
});

export const stepDone = (title: string, index: number, steps: number): FailoverStepDone =>
  new FailoverStepDone({ operationId: failoverId, step: `s${index}`, title, index, steps, durationMs: 10, attempt: 1 });

export const failoverCompleted = (fromSite: string, toSite: string, mode: 'planned' | 'unplanned'): FailoverCompleted =>
  new FailoverCompleted({
    operationId: mode === 'unplanned' ? failoverId : 'switchover-1',
    fromSite,
    toSite,
    mode,
    epoch: 2,
    fenceLevel: 'L3',
    durationMs: 1_800,
    timeline: 2,
    switchLsn: '0/5000000',
  });

export const healthRecovered = new HealthRecovered({
  site: 'primary',
  episode: 1,
  since: '2026-03-15T10:00:00.000Z',
  reason: 'all checks pass again',
  evidence: [],
  durationMs: 600_000,
});

export const restorationPlanned = new RestorationPlanned({
  operationId: restorationId,
  fromSite: 'secondary',
  toSite: 'primary',
  phases: ['assessment', 'preparation', 'synchronization', 'service-restoration', 'cutback'],
  estimateMs: 60_000,
});

export const phaseDone = (phase: string, index: number): RestorationPhaseDone =>
  new RestorationPhaseDone({
    operationId: restorationId,
    phase,
    title: `Phase ${phase}`,
    index,
    phases: 5,
    durationMs: 10,
  });

export const restorationCompleted = new RestorationCompleted({
  operationId: restorationId,
  fromSite: 'secondary',
  toSite: 'primary',
  durationMs: 50_000,
  epoch: 3,
  rejoin: 'rewind',
  splitBrain: false,
});

/** A whole disaster: lost, moved, brought home. */
export const wholeDisaster: readonly Fact[] = [
  told(siteLost),
  told(failoverDecided),
  told(stepDone('Fence the old primary', 1, 2)),
  told(stepDone('Promote the standby', 2, 2)),
  told(failoverCompleted('primary', 'secondary', 'unplanned')),
  told(healthRecovered),
  byHand(restorationPlanned),
  byHand(phaseDone('assessment', 1)),
  byHand(failoverCompleted('secondary', 'primary', 'planned')),
  byHand(phaseDone('cutback', 5)),
  byHand(restorationCompleted),
];

/** The facts as events, ten seconds apart from `startMs` on. */
export function asEvents(facts: readonly Fact[], startMs = Date.parse('2026-03-15T10:00:04.000Z')): Delivered[] {
  return facts.map(({ data, correlationId }, index) => ({
    id: `event-${index + 1}`,
    type: `io.novacron.dr.${data.constructor.name}.v1`,
    source: '/novacron/test',
    time: new Date(startMs + index * 10_000).toISOString(),
    entity: 'primary',
    correlationId,
    data,
    sequence: index + 1,
    deliveries: 1,
  }));
}
