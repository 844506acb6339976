export interface BytesMoved {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** Adds up how far parts are that go on beside each other, and tells the whole. It never goes back, nor beyond the total. */
export class BytesDone {
  private doneBytes = 0;

  constructor(
    private readonly totalBytes: number,
    private readonly tell: ((progress: BytesMoved) => void) | undefined,
  ) {}

  /** What one part of so many bytes says how far it is by; what lies behind what it has said, or beyond its end, counts for nothing. */
  part(sizeBytes: number): (doneBytes: number) => void {
    let saidBytes = 0;
    return (doneBytes) => {
      const now = Math.min(doneBytes, sizeBytes);
      if (now <= saidBytes) return;
      this.doneBytes += now - saidBytes;
      saidBytes = now;
      this.tell?.({ doneBytes: Math.floor(this.doneBytes), totalBytes: this.totalBytes });
    };
  }
}
