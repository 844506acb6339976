/** What is remembered of who could take over, while one site is the primary. */
export interface RedundancyRecord {
  readonly epoch: number;
  readonly site: string;
  /** Standbys that could take over at the last look. */
  readonly fit: readonly string[];
  /** A standby could take over at some time of this epoch: the estate was whole again. */
  readonly protectedAtMs?: number;
  /** Since when none can. */
  readonly aloneSinceMs?: number;
  /** That none can has been announced. */
  readonly announced: boolean;
}

export interface StandbyFitness {
  readonly site: string;
  /** What it lacks; absent: it could take over now. */
  readonly problem?: string;
}

/** How long none must be fit before it is called an incident: a standby may restart. */
const patienceMs = 5_000;

export type RedundancyNews = 'lost' | 'restored';

export function afterRedundancyLook(
  before: RedundancyRecord | undefined,
  look: {
    readonly epoch: number;
    readonly site: string;
    readonly atMs: number;
    readonly standbys: readonly StandbyFitness[];
  },
): { readonly record: RedundancyRecord; readonly news?: RedundancyNews } {
  const { epoch, site, atMs, standbys } = look;
  const known = before?.epoch === epoch && before.site === site ? before : undefined;
  const fit = standbys.flatMap((standby) => (standby.problem === undefined ? [standby.site] : []));
  const common = { epoch, site, fit };
  if (fit.length > 0) {
    const record = { ...common, protectedAtMs: known?.protectedAtMs ?? atMs, announced: false };
    return known?.announced === true ? { record, news: 'restored' } : { record };
  }
  const aloneSinceMs = known?.aloneSinceMs ?? atMs;
  const announced = known?.announced === true || atMs - aloneSinceMs >= patienceMs;
  const protectedAt = known?.protectedAtMs === undefined ? {} : { protectedAtMs: known.protectedAtMs };
  const record = { ...common, ...protectedAt, aloneSinceMs, announced };
  return announced && known?.announced !== true ? { record, news: 'lost' } : { record };
}
