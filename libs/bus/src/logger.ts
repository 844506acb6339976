/** What a log line carries besides its message: names, ids and figures, never payloads or secrets. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Static message first, everything that varies in fields, so that lines can be grouped by message. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** For programs whose output is not a log. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
