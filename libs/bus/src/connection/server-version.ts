import type { NatsConnection } from '@nats-io/nats-core';
import { DrError } from '@novacron/contracts';

/**
 * The oldest nats-server we trust: 2.10.20 to 2.10.22 lose streams when their process crashes, and before 2.10.4 a
 * `term` with a reason is ignored, so that the message comes again.
 */
export const minimumServerVersion = '2.10.23';

/** @throws DrError UNSUPPORTED_SERVER that names the version found and the one needed. */
export function assertServerVersion(connection: Pick<NatsConnection, 'info'>): void {
  const found = connection.info?.version ?? 'unknown';
  if (isAtLeast(found, minimumServerVersion)) return;
  throw new DrError(
    'UNSUPPORTED_SERVER',
    `nats-server ${found} is too old, ${minimumServerVersion} or newer is needed`,
    {
      hint: `install nats-server ${minimumServerVersion} or newer and restart every server of the cluster`,
      details: [{ path: 'version', problem: `found ${found}, needed ${minimumServerVersion}` }],
    },
  );
}

function isAtLeast(found: string, needed: string): boolean {
  const have = numbers(found);
  if (have === undefined) return false;
  const want = numbers(needed) ?? [];
  for (const [index, number] of want.entries()) {
    const difference = (have[index] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function numbers(version: string): number[] | undefined {
  const match = /^v?(?<major>\d+)\.(?<minor>\d+)\.(?<patch>\d+)/u.exec(version);
  return match === null ? undefined : [match[1], match[2], match[3]].map(Number);
}
