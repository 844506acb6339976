/** Where a standby receives WAL from, and as whom. */
export interface ReplicationSource {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /**
   * A password file as the standby's own server reads it (mode 0600, owned by its user): with it no password stands in
   * the settings or the server's views.
   */
  readonly passfile?: string;
  /** The name under which `synchronous_standby_names` knows this standby. */
  readonly applicationName: string;
  readonly slot?: string;
  readonly sslmode?: string;
}

/** A libpq connection string; every value is quoted, as any may hold spaces or quotes. */
export function conninfo(parameters: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(parameters)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}='${`${value}`.replaceAll(/['\\]/g, '\\$&')}'`]))
    .join(' ');
}

export function primaryConninfo(source: ReplicationSource): string {
  return conninfo({
    host: source.host,
    port: source.port,
    user: source.user,
    passfile: source.passfile,
    application_name: source.applicationName,
    sslmode: source.sslmode,
    connect_timeout: 3,
    // A sender whose machine vanished sends no RST: without these the receiver would wait for hours.
    keepalives_idle: 5,
    keepalives_interval: 2,
    keepalives_count: 3,
  });
}
