/** What stays, however much else there is. */
export interface RetentionPolicy {
  /** Every moment within so long before the newest sound backup stays restorable, milliseconds. */
  readonly keepForMs: number;
  /** So many verified backups of each component stay, however old they are. */
  readonly minimumVerified: number;
  /** Backups that a human holds: never removed. */
  readonly holds: readonly string[];
}
