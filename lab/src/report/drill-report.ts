/** `.lab/drill-report.json` (DESIGN §6). Times are RFC 3339 UTC. */
export interface DrillReport {
  readonly passed: boolean;
  readonly phases: readonly DrillReportPhase[];
  readonly rto: { readonly targetMs: number; readonly measuredMs: number };
  readonly rpo: {
    readonly targetMs: number;
    readonly measuredMs: number;
    readonly acknowledgedRows: number;
    readonly lostRows: number;
  };
  readonly backup: {
    readonly backupId: string;
    readonly sizeBytes: number;
    readonly durationMs: number;
    readonly verified: boolean;
    readonly restored: boolean;
  };
  readonly pitr: { readonly targetTime: string; readonly rowsExpected: number; readonly rowsFound: number };
  readonly notifications: { readonly planned: number; readonly delivered: number; readonly failed: number };
  readonly failback: { readonly durationMs: number; readonly splitBrain: boolean };
}

export interface DrillReportPhase {
  readonly name: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly passed: boolean;
  readonly detail: string;
}

/** What the report's pictures are drawn from, beside the figures. */
export interface DrillTimeline {
  readonly startedAt: string;
  readonly events: readonly {
    readonly at: string;
    readonly label: string;
    readonly kind: string;
    readonly site?: string;
  }[];
  /** Acknowledged writes in each half second that had any. */
  readonly writes: readonly { readonly at: string; readonly acknowledged: number }[];
  readonly notifications: readonly {
    readonly at: string;
    readonly audience: string;
    readonly channel: string;
    readonly subject: string;
  }[];
}
