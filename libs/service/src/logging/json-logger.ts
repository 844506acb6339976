import { AsyncLocalStorage } from 'node:async_hooks';
import { currentAmbient, type LogFields, type Logger } from '@novacron/bus';
import { Redactor } from './redactor.js';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface JsonLoggerSettings {
  readonly level?: LogLevel;
  /** On every line: `service`, `instance`. */
  readonly fields?: LogFields;
  readonly redactor?: Redactor;
  /** Where a finished line goes, its line break included; standard output by default. */
  readonly write?: (line: string) => void;
  readonly now?: () => Date;
}

const surrounding = new AsyncLocalStorage<LogFields>();

/** Runs work so that every line it logs, through any logger, carries these fields. */
export function withLogFields<T>(fields: LogFields, work: () => T): T {
  return surrounding.run({ ...surrounding.getStore(), ...fields }, work);
}

/**
 * One JSON object a line: a static message, and what varies in fields (STYLE). The correlation of the message being handled
 * is on every line without anyone passing it. Nothing secret gets through: see {@link Redactor}.
 */
export class JsonLogger implements Logger {
  readonly redactor: Redactor;

  constructor(private readonly settings: JsonLoggerSettings = {}) {
    this.redactor = settings.redactor ?? new Redactor();
  }

  /** A logger that adds these fields to each line. */
  child(fields: LogFields): JsonLogger {
    const { redactor } = this;
    return new JsonLogger({ ...this.settings, redactor, fields: { ...this.settings.fields, ...fields } });
  }

  debug(message: string, fields?: LogFields): void {
    this.line('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.line('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.line('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.line('error', message, fields);
  }

  private line(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (logLevels.indexOf(level) < logLevels.indexOf(this.settings.level ?? 'info')) return;
    const correlation = currentAmbient()?.correlationId;
    const line = {
      time: (this.settings.now?.() ?? new Date()).toISOString(),
      level,
      message: this.redactor.text(message),
      ...this.redactor.fields({ ...this.settings.fields, correlation, ...surrounding.getStore(), ...fields }),
    };
    const write = this.settings.write ?? ((text: string) => process.stdout.write(text));
    write(`${JSON.stringify(line)}\n`);
  }
}
