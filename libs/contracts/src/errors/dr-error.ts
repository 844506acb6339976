import { type ErrorCode, errorCodes } from './error-codes.js';

/** One thing that is wrong, and where: `path` is a field (`steps[2].name`), a key, or an object's name. */
export interface ProblemDetail {
  readonly path: string;
  readonly problem: string;
}

export interface DrErrorOptions {
  readonly hint?: string;
  readonly retryable?: boolean;
  readonly details?: readonly ProblemDetail[];
  readonly cause?: unknown;
}

/** The body of an error reply on the bus (DESIGN §3). */
export interface ErrorReply {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly retryable: boolean;
  readonly details: readonly ProblemDetail[];
}

const brand = Symbol.for('io.novacron.dr.error');

/**
 * The one error class of the house. Whether trying again can help travels with the error, so that no caller matches on
 * text. The message is lower case without a full stop; the hint says what to do and defaults to the code's.
 */
export class DrError extends Error {
  readonly hint: string;
  readonly retryable: boolean;
  readonly details: readonly ProblemDetail[];
  readonly [brand] = true;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: DrErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DrError';
    this.hint = options.hint ?? errorCodes[code].hint;
    this.retryable = options.retryable ?? errorCodes[code].retryable;
    this.details = options.details ?? [];
  }

  /** True for a DrError of any copy of this package, where `instanceof` would tell two copies apart. */
  static is(value: unknown): value is DrError {
    return typeof value === 'object' && value !== null && brand in value;
  }

  /** The error itself when it is a DrError, else an INTERNAL one that keeps it as its cause. */
  static from(value: unknown): DrError {
    if (DrError.is(value)) return value;
    const message = value instanceof Error ? value.message : String(value);
    return new DrError('INTERNAL', message, { cause: value });
  }

  /** What a caller on the bus receives: no stack, no cause. */
  toReply(): ErrorReply {
    return {
      code: this.code,
      message: this.message,
      hint: this.hint,
      retryable: this.retryable,
      details: this.details,
    };
  }

  /** The error that a reply's body describes; an unknown code (a newer service's) becomes INTERNAL and keeps its text. */
  static fromReply(body: Partial<ErrorReply>): DrError {
    const known = body.code !== undefined && body.code in errorCodes;
    const code: ErrorCode = known ? (body.code as ErrorCode) : 'INTERNAL';
    return new DrError(code, body.message ?? 'no message', {
      ...(body.hint === undefined ? {} : { hint: body.hint }),
      ...(body.retryable === undefined ? {} : { retryable: body.retryable }),
      details: body.details ?? [],
    });
  }
}
