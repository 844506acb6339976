import type { DrillTimeline } from '../report/drill-report.js';
import type { DrillOutcome } from './run-drill.js';
import type { SeenEvent } from './event-log.js';

const bucketMs = 500;

/** What the report's picture is drawn from: moments, writes in half seconds, and who was told when. */
export function timelineOf({ context, startedAt }: DrillOutcome): DrillTimeline {
  const { events, load, findings } = context;
  const iso = (at: number): string => new Date(at).toISOString();
  const buckets = new Map<number, number>();
  for (const { at } of load.acknowledged()) {
    const bucket = Math.floor(at / bucketMs) * bucketMs;
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
  const own = [
    ...(findings.killedAt === undefined
      ? []
      : [{ at: iso(findings.killedAt), label: `${findings.homeSite} killed`, kind: 'fault', site: findings.homeSite }]),
    ...(findings.outage === undefined
      ? []
      : [{ at: iso(findings.outage.firstAfterAt), label: 'first write again', kind: 'recovered' }]),
  ];
  return {
    startedAt: iso(startedAt),
    events: [...own, ...events.events.flatMap(momentOf)].toSorted((a, b) => a.at.localeCompare(b.at)),
    writes: [...buckets].toSorted(([a], [b]) => a - b).map(([at, acknowledged]) => ({ at: iso(at), acknowledged })),
    notifications: events.all('notification-delivered').map((event) => ({
      at: iso(event.at),
      audience: String(event.data['audience']),
      channel: String(event.data['channel']),
      subject: String(event.data['template']),
    })),
  };
}

const labels: Readonly<Record<string, (data: SeenEvent['data']) => { label: string; kind: string } | undefined>> = {
  'site-lost': (data) => ({ label: `${String(data['site'])} found lost`, kind: 'detected' }),
  'failover-decided': (data) =>
    data['shouldFailover'] === true ? { label: 'failover decided', kind: 'decided' } : undefined,
  'failover-step-done': (data) => ({ label: String(data['step']), kind: 'step' }),
  'failover-completed': (data) => ({ label: `moved to ${String(data['toSite'])}`, kind: 'completed' }),
  'failover-failed': () => ({ label: 'failover stopped', kind: 'fault' }),
  'backup-completed': () => ({ label: 'backup complete', kind: 'backup' }),
  'backup-verified': () => ({ label: 'backup verified', kind: 'backup' }),
  'backup-replicated': () => ({ label: 'backup replicated', kind: 'backup' }),
  'recovery-completed': () => ({ label: 'restored', kind: 'backup' }),
  'restoration-phase-done': (data) => ({ label: `restoration: ${String(data['phase'])}`, kind: 'restoration' }),
  'restoration-completed': () => ({ label: 'home again', kind: 'completed' }),
};

function momentOf(event: SeenEvent): DrillTimeline['events'][number][] {
  const moment = labels[event.name]?.(event.data);
  return moment === undefined ? [] : [{ at: new Date(event.at).toISOString(), ...moment }];
}
