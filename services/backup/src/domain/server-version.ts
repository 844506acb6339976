/** PostgreSQL's `server_version_num` as people write it: 150018 is 15.18. */
export function serverVersion(number: number): string {
  return `${Math.floor(number / 10_000)}.${number % 10_000}`;
}
