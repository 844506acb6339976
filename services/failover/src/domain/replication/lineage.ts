import type { DataLine } from '@novacron/drivers';
import type { ReplicationRecord } from './replication-record.js';

/** Of which system a lost primary was, on which line of timelines, and how far it was when it was last seen. */
export interface Lineage extends DataLine {
  readonly systemIdentifier: string;
}

export function lineageOf({ systemIdentifier, timeline, history, samples }: ReplicationRecord): Lineage {
  const position = samples.at(-1)?.lsn;
  return {
    ...{ systemIdentifier, timeline },
    ...(history === undefined ? {} : { history }),
    ...(position === undefined ? {} : { position }),
  };
}

/** By database, of those that somebody saw. */
export function lineagesOf(
  seen: readonly { readonly name: string; readonly record: ReplicationRecord | undefined }[],
): Readonly<Record<string, Lineage>> {
  return Object.fromEntries(
    seen.flatMap(({ name, record }) => (record === undefined ? [] : [[name, lineageOf(record)] as const])),
  );
}
