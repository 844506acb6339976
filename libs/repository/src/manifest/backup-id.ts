/** `backup-YYYYMMDD-HHMMSS`, UTC: sorts by time. */
export const backupIdPattern = /^backup-\d{8}-\d{6}$/u;

export function backupIdAt(time: Date): string {
  const digits = time.toISOString().replace(/[-:]/gu, '');
  return `backup-${digits.slice(0, 8)}-${digits.slice(9, 15)}`;
}
