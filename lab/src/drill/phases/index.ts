import type { DrillPhase } from '../drill-context.js';
import { backup } from './backup.js';
import { detection } from './detection.js';
import { disaster } from './disaster.js';
import { failover } from './failover.js';
import { pointInTime } from './point-in-time.js';
import { resolution } from './resolution.js';
import { restoration } from './restoration.js';
import { restoreProof } from './restore-proof.js';
import { returnOfTheOldPrimary } from './return-of-the-old-primary.js';
import { rowCount } from './row-count.js';
import { steadyState } from './steady-state.js';
import { told } from './told.js';

/** One whole disaster, in order (DESIGN §6). */
export const phases: readonly DrillPhase[] = [
  steadyState,
  backup,
  restoreProof,
  disaster,
  detection,
  failover,
  rowCount,
  told,
  pointInTime,
  returnOfTheOldPrimary,
  restoration,
  resolution,
];
