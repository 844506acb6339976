/** Jones' CRC-64, reflected, as Redis ends its RDB files with it. */
const polynomial = 0x95ac9329ac4bc9b5n;

/** Two halves of each table entry: numbers are many times faster than bigints, and a dump has hundreds of megabytes. */
const low = new Uint32Array(256);
const high = new Uint32Array(256);
for (let i = 0; i < 256; i += 1) {
  let crc = BigInt(i);
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
  low[i] = Number(crc & 0xffffffffn);
  high[i] = Number(crc >> 32n);
}

/** A running checksum; {@link value} is what a file's last eight bytes say, little-endian. */
export class Crc64 {
  private lowWord = 0;
  private highWord = 0;

  update(bytes: Uint8Array): void {
    let [l, h] = [this.lowWord, this.highWord];
    for (const byte of bytes) {
      const index = (l ^ byte) & 0xff;
      l = (((l >>> 8) | (h << 24)) ^ (low[index] ?? 0)) >>> 0;
      h = ((h >>> 8) ^ (high[index] ?? 0)) >>> 0;
    }
    [this.lowWord, this.highWord] = [l, h];
  }

  get value(): bigint {
    return (BigInt(this.highWord) << 32n) | BigInt(this.lowWord);
  }
}
