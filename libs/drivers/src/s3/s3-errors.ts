import { S3ServiceException } from '@aws-sdk/client-s3';
import { DrError } from '@novacron/contracts';
import { noCredentials } from '../aws/credentials.js';

/** The key exists, and the write was to create it. */
export const isExists = (error: unknown) => statusOf(error) === 412;
/** Another conditional write of the same key is under way: this one was not decided. */
export const isUndecided = (error: unknown) => statusOf(error) === 409;
export const isAbsent = (error: unknown) =>
  statusOf(error) === 404 && error instanceof S3ServiceException && error.name !== 'NoSuchBucket';
export const isBeyondEnd = (error: unknown) => statusOf(error) === 416;

export function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

/** What the server calls the error; undefined when it gave no answer. */
export function nameOf(error: unknown): string | undefined {
  return error instanceof S3ServiceException ? error.name : undefined;
}

const passing = new Set([408, 409, 429, 500, 502, 503, 504]);
/** Some servers say it with a status that would be final, and an error can come inside a 200 (Complete, Copy). */
const passingNames = new Set([
  'SlowDown',
  'RequestTimeout',
  'InternalError',
  'ServiceUnavailable',
  'Throttling',
  'RequestTimeTooSkewed',
]);

/** True when the same request may succeed later: no answer at all, or one that says so. */
export function isPassing(error: unknown): boolean {
  if (error instanceof S3ServiceException) return passing.has(statusOf(error) ?? 0) || passingNames.has(error.name);
  return !DrError.is(error) && !isAbort(error);
}

const isAbort = (error: unknown) => error instanceof Error && error.name === 'AbortError';

const full = 'the store is full: make room, or raise its quota';
const hints: Readonly<Record<string, string>> = {
  AccessDenied: 'check the access key, its secret and its rights on the bucket',
  NoSuchBucket: 'create the bucket',
  ExpiredToken: 'the credentials have expired: give new ones',
  TokenRefreshRequired: 'the credentials have expired: give new ones',
  RequestTimeTooSkewed: 'the clock of this machine is wrong: set it',
  QuotaExceeded: full,
  InsufficientStorage: full,
  InsufficientCapacity: full,
  XMinioStorageFull: full,
};

/** The error as the port declares it; `what` says what was tried, with the key and the store's name. */
export function s3Error(error: unknown, what: string, signal?: AbortSignal): DrError {
  if (DrError.is(error)) return error;
  if (signal?.aborted) return new DrError('TIMEOUT', `${what} was aborted`, { cause: error });
  const missing = noCredentials(error, what);
  if (missing !== undefined) return missing;
  const status = statusOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (status === undefined)
    return new DrError('UNREACHABLE', `${what} got no answer: ${codeOf(error) ?? message}`, { cause: error });
  if (isAbsent(error)) return new DrError('NOT_FOUND', `${what}: no such object`, { cause: error });
  if (isExists(error)) return new DrError('CONFLICT', `${what}: the key exists already`, { cause: error });
  const name = (error as Error).name;
  const hint = hints[name] ?? (status === 401 || status === 403 ? hints['AccessDenied'] : undefined);
  return new DrError('STORE_FAILED', `${what} was refused: ${name} (${status})`, {
    retryable: isPassing(error),
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code ?? (error as { cause?: { code?: string } }).cause?.code;
}
