/** What a restore drill was begun with; chosen before anything started. */
export interface DrillParams {
  readonly component: string;
  readonly backupId: string;
  readonly store: string;
  /** The active site: whose heartbeat must come back. */
  readonly site: string;
  /** The strictest of the tiers that the database serves; the estate's own where it serves none. */
  readonly rtoMs: number;
  readonly reason: string;
}

export interface NotedHeartbeat {
  readonly seq: number;
  /** A moment that the store can restore, at which that heartbeat had been written. */
  readonly targetTime: string;
}

export interface RestoredAside {
  readonly operationId: string;
  readonly durationMs: number;
  readonly structure?: string;
  readonly heartbeat?: number;
  readonly recoveredTo: string;
}

export interface Compared {
  readonly withinRto: boolean;
  readonly heartbeatFound: number;
}
