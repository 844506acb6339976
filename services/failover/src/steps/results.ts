import { DrError, type FenceLevel } from '@novacron/contracts';
import type { StepContext } from '@novacron/operations';
import type { HandoverToken } from '../domain/handover-token.js';
import type { Loss } from '../domain/replication/wal-samples.js';
import type { FailoverParams } from './failover-params.js';

export interface PromotedDatabase {
  readonly timeline: number;
  readonly switchLsn: string;
  /** The one it branches off. */
  readonly previousTimeline?: number;
}

/** What a step changed outside, a line each, as old → new; absent where the effect was there already when somebody looked. */
export interface Changed {
  readonly changes?: readonly string[];
}

/** What each step leaves in the journal for those after it. */
export interface StepResults {
  'fence-route': Changed & {
    /** Those in which the old primary takes nobody and has no session left; none counts while one of them has. */
    readonly backends: number;
    /** Sessions of the old primary that did not end, by instance and server. */
    readonly lingering?: readonly string[];
    /** Instances of load balancers that could not be reached. */
    readonly silent?: readonly string[];
  };
  'fence-commits': { readonly cut: readonly string[]; readonly commitsBlocked: boolean };
  'fence-power': { readonly poweredOff: boolean; readonly problem?: string };
  'confirm-fence': { readonly level: FenceLevel; readonly poweredOff: boolean };
  'choose-standby': {
    readonly site: string;
    readonly position: string;
    /** By database. */
    readonly positions?: Readonly<Record<string, string>>;
    readonly replayed?: Readonly<Record<string, string>>;
    readonly keepsAcknowledgedCommits: boolean;
    /** Standbys for which commits waited and that did not answer: they may have what the chosen one lacks. */
    readonly unheard?: readonly string[];
  };
  'measure-loss': Loss | { readonly unknown: true };
  'prepare-target': { readonly site: string };
  'stop-old': {
    readonly how: string;
    /** One for each database. */
    readonly tokens: readonly HandoverToken[];
  };
  'advance-epoch': { readonly epoch: number };
  promote: {
    readonly timeline: number;
    readonly switchLsn: string;
    readonly databases?: Readonly<Record<string, PromotedDatabase>>;
  };
}

/** The instances of load balancers that an unplanned move could not reach when it fenced the routes. */
export function silentBalancers({ results }: StepContext<FailoverParams>): readonly string[] {
  return (results.get('fence-route') as StepResults['fence-route'] | undefined)?.silent ?? [];
}

/** @throws DrError INTERNAL when the step has not run: the runbook has it in the wrong place. */
export function resultOf<K extends keyof StepResults>(context: StepContext<FailoverParams>, step: K): StepResults[K] {
  const result = context.results.get(step);
  if (result === undefined) throw new DrError('INTERNAL', `step ${step} has left no result`);
  return result as StepResults[K];
}

/** For whom smoke tests are tried. */
export function smokeSite(context: StepContext<FailoverParams>) {
  const { epoch } = resultOf(context, 'advance-epoch');
  return { site: targetOf(context), epoch, operationId: context.operationId };
}

/** The site that takes over: chosen by position in an unplanned failover, named in a planned one. */
export function targetOf(context: StepContext<FailoverParams>): string {
  const site = context.params.mode === 'planned' ? context.params.to : resultOf(context, 'choose-standby').site;
  if (site === undefined) throw new DrError('INTERNAL', 'a planned failover names its target');
  return site;
}
