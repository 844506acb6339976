import { compareLsn } from '@novacron/drivers';
import { worstOf } from '../replication/wal-samples.js';
import type { StandbyView } from './standby-view.js';

/** A site can take over only what it can take over in every database: the weakest answer counts. */
export function inAllDatabases(databases: readonly (readonly StandbyView[])[]): StandbyView[] {
  const [first = [], ...others] = databases;
  return first.map((view) => others.map((views) => views.find(({ site }) => site === view.site)).reduce(weakest, view));
}

function weakest(a: StandbyView, b: StandbyView | undefined): StandbyView {
  if (b === undefined) return { ...a, reachable: false };
  const { loss: _loss, problem: _problem, position: _position, short: _short, ...rest } = a;
  const problem = a.problem ?? b.problem;
  const short = [...(a.short ?? []), ...(b.short ?? [])];
  const behind = a.position !== undefined && b.position !== undefined && compareLsn(a.position, b.position) > 0 ? b : a;
  return {
    ...rest,
    reachable: a.reachable && b.reachable,
    promotable: a.promotable && b.promotable,
    inRecovery: a.inRecovery && b.inRecovery,
    dataFlowing: a.dataFlowing || b.dataFlowing,
    synchronous: a.synchronous && b.synchronous,
    ...(a.loss === undefined || b.loss === undefined ? {} : { loss: worstOf([a.loss, b.loss]) }),
    ...(problem === undefined ? {} : { problem }),
    ...(short.length === 0 ? {} : { short: [...new Set(short)] }),
    ...(behind.position === undefined ? {} : { position: behind.position }),
  };
}
