/**
 * What stands before the frames of a sealed object:
 *
 * | bytes | what |
 * |---|---|
 * | 4 | `NCDR` |
 * | 1 | version, 1 |
 * | 1 + n | length and text of the key id |
 * | 4 | plaintext bytes per frame |
 * | 8 | nonce prefix of the frames, random |
 * | 12 + 32 + 16 | nonce, wrapped data key, tag (AES-256-GCM under the key named) |
 * | 8 | start of the SHA-256 of all before |
 *
 * The closing hash tells a damaged header from a wrong key, which GCM alone cannot. All of it is authenticated again by
 * every frame.
 */
export interface SealHeader {
  readonly bytes: Buffer;
  readonly keyId: string;
  readonly frameSizeBytes: number;
  readonly noncePrefix: Buffer;
  readonly dataKey: Buffer;
}

/** Of AES-256-GCM's tag, behind the wrapped key and behind every frame. */
export const tagBytes = 16;
