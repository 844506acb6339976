/** Bytes in arrival order, taken out again in other sizes; pieces are cut, not copied. */
export class ByteQueue {
  private readonly pieces: Buffer[] = [];
  private total = 0;

  get length(): number {
    return this.total;
  }

  push(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.pieces.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
    this.total += piece.length;
  }

  /** The first `size` bytes, or all there are. */
  take(size: number): Buffer[] {
    const taken: Buffer[] = [];
    let missing = Math.min(size, this.total);
    this.total -= missing;
    while (missing > 0) {
      const piece = this.pieces[0] as Buffer;
      if (piece.length <= missing) {
        this.pieces.shift();
        taken.push(piece);
        missing -= piece.length;
      } else {
        taken.push(piece.subarray(0, missing));
        this.pieces[0] = piece.subarray(missing);
        missing = 0;
      }
    }
    return taken;
  }

  /** {@link take} as one buffer, copied only when it spans pieces. */
  takeBuffer(size: number): Buffer {
    const taken = this.take(size);
    return taken.length === 1 ? (taken[0] as Buffer) : Buffer.concat(taken);
  }
}
