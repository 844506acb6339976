import { DrError, durationMs, type Estate } from '@novacron/contracts';
import type { RetentionPolicy } from '@novacron/repository';

const defaultMinimumVerified = 2;

/** The estate's retention as figures. @throws DrError PRECONDITION_FAILED when it lets nothing be removed. */
export function retentionPolicyOf({ repository }: Pick<Estate, 'repository'>): RetentionPolicy {
  const { keepFor, minimumVerified, legalHold, holds } = repository.retention ?? {};
  if (legalHold === true) {
    throw new DrError('PRECONDITION_FAILED', 'the estate is under a legal hold: nothing is removed', {
      hint: 'set repository.retention.legalHold to false once the hold is over',
    });
  }
  if (keepFor === undefined) {
    throw new DrError('PRECONDITION_FAILED', 'the estate does not say how long backups are kept', {
      hint: 'set repository.retention.keepFor, for instance to 30d',
    });
  }
  return {
    keepForMs: durationMs(keepFor),
    // Without a backup that counts nothing could be restored: one is the least, whatever the file says.
    minimumVerified: Math.max(1, minimumVerified ?? defaultMinimumVerified),
    holds: holds ?? [],
  };
}
