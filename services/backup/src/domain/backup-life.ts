import type { OperationView } from '@novacron/operations';
import type { BackupMark } from '@novacron/repository';

/** The states of a backup, each worth what has been shown of it. */
export const backupStates = [
  'RUNNING',
  'UPLOADED',
  'WAITING_FOR_WAL',
  'COMPLETED',
  'VERIFIED',
  'DRILLED',
  'FAILED',
] as const;
export type BackupLifeState = (typeof backupStates)[number];

/** What is found out about a backup, by its journal and then by the marks in its catalog. */
export const backupFacts = ['uploaded', 'waiting', 'committed', 'verified', 'drilled', 'refuted', 'failed'] as const;
export type BackupFact = (typeof backupFacts)[number];

/**
 * Which fact leads where; any other changes nothing. A check that finds a backup bad takes back whatever was proved before, and only a
 * later check that finds it good gives it a value again. A logical backup waits for no WAL.
 */
export const backupLife: Readonly<Record<BackupLifeState, Readonly<Partial<Record<BackupFact, BackupLifeState>>>>> = {
  RUNNING: { uploaded: 'UPLOADED', failed: 'FAILED' },
  UPLOADED: { waiting: 'WAITING_FOR_WAL', committed: 'COMPLETED', failed: 'FAILED' },
  WAITING_FOR_WAL: { committed: 'COMPLETED', failed: 'FAILED' },
  COMPLETED: { verified: 'VERIFIED', drilled: 'DRILLED', refuted: 'FAILED' },
  VERIFIED: { drilled: 'DRILLED', refuted: 'FAILED' },
  DRILLED: { refuted: 'FAILED' },
  FAILED: { verified: 'VERIFIED' },
};

export function stateAfter(facts: readonly BackupFact[]): BackupLifeState {
  return facts.reduce<BackupLifeState>((state, fact) => backupLife[state][fact] ?? state, 'RUNNING');
}

/** What an operation's journal says of its backup. */
export function factsOfOperation({ state, nodes }: Pick<OperationView, 'state' | 'nodes'>): BackupFact[] {
  const steps = new Map(nodes.flatMap((node) => node.steps.map(({ name, status }) => [name, status] as const)));
  const facts: BackupFact[] = [];
  if (steps.get('seal-and-upload') === 'done') facts.push('uploaded');
  if (facts.length > 0 && ['open', 'retry', 'done'].includes(steps.get('wait-for-wal') ?? '')) facts.push('waiting');
  if (steps.get('commit') === 'done') facts.push('committed');
  if (state === 'rolled-back' || state === 'aborted' || (state === 'failed' && !facts.includes('committed')))
    facts.push('failed');
  return facts;
}

/** What the marks of a committed backup say, in the order in which it was found out. */
export function factsOfMarks(marks: readonly Pick<BackupMark, 'mark' | 'at'>[]): BackupFact[] {
  const found: Partial<Record<BackupMark['mark'], BackupFact>> = {
    verified: 'verified',
    drilled: 'drilled',
    refuted: 'refuted',
  };
  const ordered = marks.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return ['uploaded', 'committed', ...ordered.flatMap(({ mark }) => found[mark] ?? [])];
}
