import { type Fields, Message, type ProblemDetail } from '@novacron/contracts';
import { Equals, IsIn, IsInt, IsOptional, IsString, Matches, MaxLength, Min } from 'class-validator';
import { backupIdPattern } from '../manifest/backup-id.js';
import { rfc3339Utc, sha256Hex } from '../manifest/backup-manifest.js';
import { documentSha256 } from '../manifest/signature.js';
import { backupPrefix, compactTime } from './layout.js';

/**
 * `restored`: a restore of it was proved. `drilled`: and compared with what was written before. `refuted`: a check found it bad, whatever was found before. `expired`: retention
 * removed it; this mark stays when all else is gone, so that what was removed by us can be told from what was stolen.
 */
export const backupMarks = ['verified', 'replicated', 'restored', 'refuted', 'expired', 'drilled'] as const;
export type BackupMarkName = (typeof backupMarks)[number];

/** A fact found out about a backup after its commit: its own object, written once, signed, bound to the manifest's hash. */
export class BackupMark extends Message {
  @Equals(1) readonly schemaVersion!: 1;
  @Matches(backupIdPattern) readonly backupId!: string;
  @Matches(sha256Hex) readonly manifestSha256!: string;
  @IsIn(backupMarks) readonly mark!: BackupMarkName;
  @Matches(rfc3339Utc) readonly at!: string;
  /** The store it is about: where it was verified, or where the copy lies. */
  @IsString() readonly store!: string;
  @IsOptional() @IsString() readonly operationId?: string;
  @IsOptional() @IsInt() @Min(0) readonly objects?: number;
  @IsOptional() @IsInt() @Min(0) readonly checkedBytes?: number;
  @IsOptional() @IsInt() @Min(0) readonly durationMs?: number;
  @IsOptional() @IsString() @MaxLength(1000) readonly note?: string;
  /** The mark that was the newest when this one was written: one that is taken away is missed. */
  @IsOptional() @Matches(sha256Hex) readonly previousMarkSha256?: string;
  @IsString() @MaxLength(64) readonly signatureKeyId!: string;
  @Matches(sha256Hex) readonly signature!: string;
}

/** A mark before the catalog signs it. */
export type BackupMarkDraft = Omit<
  Fields<BackupMark>,
  'schemaVersion' | 'manifestSha256' | 'previousMarkSha256' | 'signatureKeyId' | 'signature' | 'backupId' | 'at'
>;

export function markKey(backupId: string, mark: BackupMarkName, at: Date): string {
  return `${backupPrefix(backupId)}${mark}-${compactTime(at)}.json`;
}

export const markName = /^(?:verified|replicated|restored|refuted|expired|drilled)-[^/]+\.json$/u;

/** Marks that others of the same backup name and that are not there any more. */
export function missingMarks(marks: readonly BackupMark[]): ProblemDetail[] {
  const present = new Set(marks.map((mark) => documentSha256(mark)));
  return marks.flatMap(({ backupId, mark, at, previousMarkSha256: previous }) =>
    previous === undefined || present.has(previous)
      ? []
      : [{ path: backupPrefix(backupId), problem: `the mark before ${mark} of ${at} was removed` }],
  );
}

/** The hash that the next mark names. */
export function newestMark(marks: readonly BackupMark[]): string | undefined {
  const newest = marks.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)).at(-1);
  return newest === undefined ? undefined : documentSha256(newest);
}
