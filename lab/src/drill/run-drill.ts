import { Bus, silentLogger } from '@novacron/bus';
import type { DrillReport } from '../report/drill-report.js';
import { LoadClient } from '../app/load-client.js';
import type { Lab } from '../lab.js';
import type { DrillContext, DrillPhase } from './drill-context.js';
import { EventLog } from './event-log.js';
import type { Findings } from './findings.js';
import { figuresOf, isMet, promised } from './goals.js';
import { phases } from './phases/index.js';
import { PrimariesWatch } from './primaries-watch.js';
import type { Progress } from './progress.js';

const loadEveryMs = 20;

export interface DrillOutcome {
  readonly report: DrillReport;
  readonly context: DrillContext;
  readonly startedAt: number;
  readonly durationMs: number;
}

/** Takes a running lab through one whole disaster. Never throws for what fails in it: that is what the report is for. */
export async function runDrill(
  lab: Lab,
  progress: Progress,
  startedAt: number,
  signal: AbortSignal,
): Promise<DrillOutcome> {
  const { nats, router, sites } = lab.file();
  const bus = await Bus.connect({
    url: nats.url,
    service: 'drill',
    instance: String(process.pid),
    estate: lab.estate.estate,
    logger: silentLogger,
  });
  const members = Object.entries(sites).flatMap(([site, { postgres }]) =>
    postgres === undefined ? [] : [{ site, url: postgres.url }],
  );
  const findings: Findings = { homeSite: lab.estate.failover.order[0] ?? 'primary' };
  const context: DrillContext = {
    lab,
    bus,
    findings,
    estate: lab.estate,
    events: new EventLog(bus.connection, lab.estate.estate),
    load: new LoadClient({ url: router.http, everyMs: loadEveryMs, file: lab.folders.acknowledgedFile }),
    primaries: new PrimariesWatch(members),
  };
  try {
    const done = await runPhases(context, progress, signal);
    const durationMs = Date.now() - startedAt;
    return { report: reportOf(context, done, durationMs), context, startedAt, durationMs };
  } finally {
    await context.load.stop();
    await context.primaries.stop();
    context.events.close();
    await bus.close();
  }
}

async function runPhases(
  context: DrillContext,
  progress: Progress,
  signal: AbortSignal,
): Promise<DrillReport['phases']> {
  const done: DrillReport['phases'][number][] = [];
  for (const [i, phase] of phases.entries()) {
    if (signal.aborted) break;
    progress.begin(i + 1, phases.length, phase.title);
    const result = await runPhase(phase, context);
    progress.end(i + 1, phases.length, result.durationMs, result.passed, result.detail);
    done.push(result);
  }
  return done;
}

async function runPhase(phase: DrillPhase, context: DrillContext): Promise<DrillReport['phases'][number]> {
  const started = new Date();
  const result = (passed: boolean, detail: string) => ({
    name: phase.name,
    startedAt: started.toISOString(),
    durationMs: Date.now() - started.getTime(),
    passed,
    detail,
  });
  try {
    return result(true, await phase.run(context));
  } catch (error) {
    return result(false, error instanceof Error ? error.message : String(error));
  }
}

function reportOf(
  { findings, estate, primaries }: DrillContext,
  done: DrillReport['phases'],
  durationMs: number,
): DrillReport {
  const { outage, killedAt, oldestLostAt, backup, pitr, notifications, failback } = findings;
  const splitBrain = primaries.splitBrains.length > 0;
  const complete = done.length === phases.length && done.every((phase) => phase.passed);
  return {
    passed: complete && !splitBrain && figuresOf(findings, durationMs).every(isMet),
    phases: done,
    rto: {
      targetMs: promised(estate, 'rto'),
      measuredMs: outage === undefined ? 0 : outage.firstAfterAt - outage.lastBeforeAt,
    },
    rpo: {
      targetMs: promised(estate, 'rpo'),
      measuredMs: oldestLostAt === undefined || killedAt === undefined ? 0 : Math.max(0, killedAt - oldestLostAt),
      acknowledgedRows: findings.acknowledgedRows ?? 0,
      lostRows: findings.lostRows ?? 0,
    },
    backup: backup ?? { backupId: '', sizeBytes: 0, durationMs: 0, verified: false, restored: false },
    pitr: pitr ?? { targetTime: '', rowsExpected: 0, rowsFound: 0 },
    notifications: notifications ?? { planned: 0, delivered: 0, failed: 0 },
    failback: { durationMs: failback?.durationMs ?? 0, splitBrain },
  };
}
