import { Injectable } from '@nestjs/common';

/** Wakes this process's archivers before their turn: somebody waits for WAL that was just written. */
@Injectable()
export class ArchiveBell {
  private next = new AbortController();

  ring(): void {
    const rung = this.next;
    this.next = new AbortController();
    rung.abort();
  }

  /** Aborts at the next ring. */
  get signal(): AbortSignal {
    return this.next.signal;
  }
}
