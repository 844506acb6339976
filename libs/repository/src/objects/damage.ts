import { DrError } from '@novacron/contracts/threads';

export interface Counted {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** What is wrong with bytes that were counted and hashed; null when they are those of the manifest. */
export function damageOf(
  objectKey: string,
  what: 'stored' | 'opened',
  expected: Counted,
  found: Counted,
): DrError | null {
  if (expected.sha256 === found.sha256 && expected.sizeBytes === found.sizeBytes) return null;
  const problem =
    expected.sizeBytes === found.sizeBytes
      ? `the ${what} bytes have another hash than the manifest says`
      : `${found.sizeBytes} bytes ${what}, the manifest says ${expected.sizeBytes}`;
  return new DrError('CORRUPT_OBJECT', `${objectKey} is damaged: ${problem}`, {
    details: [{ path: objectKey, problem }],
  });
}
