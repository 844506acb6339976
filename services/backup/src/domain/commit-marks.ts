import { type Lsn } from '@novacron/repository';

/** Every transaction that committed until `at`, by the source's clock, ends before `lsn`. */
export interface CommitMark {
  readonly at: Date;
  readonly lsn: Lsn;
}

const kept = 600;

/** What is known of the relation between time and position on the timeline that is received now. */
export class CommitMarks {
  private marks: CommitMark[] = [];

  add(mark: CommitMark): void {
    this.marks = [...this.marks, mark].slice(-kept);
  }

  /** The latest commit time that WAL up to a position holds for sure. */
  upTo(lsn: Lsn): CommitMark | undefined {
    return this.marks.findLast((mark) => mark.lsn <= lsn);
  }
}
