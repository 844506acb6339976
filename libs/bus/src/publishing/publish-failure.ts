import { JetStreamApiError } from '@nats-io/jetstream';
import {
  ClosedConnectionError,
  DrainingConnectionError,
  InvalidSubjectError,
  NoRespondersError,
  PermissionViolationError,
  RequestError,
} from '@nats-io/nats-core';
import { DrError } from '@novacron/contracts';

/** The server's code for a message above a stream's or its own size limit. */
const tooLarge = 10054;
/** What servers since 2.11 say of a repeated message whose original is not stored yet; older ones acknowledge sequence 0. */
const duplicateInProcess = 10158;

/**
 * Why a publish failed, and whether sending the same message again can help. A stream that does not exist and a server
 * without JetStream look alike: nobody answers; both are reported as BUS_UNAVAILABLE, which is retryable.
 */
export function publishFailure(error: unknown, subject: string): DrError {
  if (DrError.is(error)) return error;
  const denied = permissionViolation(error);
  if (denied !== undefined) {
    return new DrError('INVALID_CONFIG', `NATS forbids us to publish to ${subject}`, {
      hint: 'grant the permission that is generated for this service',
      cause: error,
    });
  }
  if (error instanceof ClosedConnectionError || error instanceof DrainingConnectionError) {
    return new DrError('BUS_UNAVAILABLE', 'the connection to NATS is closed', { retryable: false, cause: error });
  }
  if (error instanceof InvalidSubjectError || (error instanceof Error && error.name === 'InvalidArgumentError')) {
    return new DrError('INVALID_MESSAGE', `NATS cannot carry this message: ${error.message}`, { cause: error });
  }
  if (error instanceof JetStreamApiError) {
    // 408 and 429: later. 409: the message is on its way already, by us.
    const passing = [408, 429].includes(error.status) || error.code === duplicateInProcess;
    const lasting = error.code === tooLarge || (error.status >= 400 && error.status < 500 && !passing);
    return new DrError('BUS_UNAVAILABLE', `JetStream refused the message: ${error.message}`, {
      retryable: !lasting,
      details: [{ path: 'err_code', problem: String(error.code) }],
      cause: error,
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new DrError('BUS_UNAVAILABLE', `JetStream did not confirm the message: ${reason}`, { cause: error });
}

/** True when the server knows the message and says that it is not stored yet. */
export function isStillInProcess(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === duplicateInProcess;
}

/** True when nobody is subscribed to the subject, however the library wrapped it. */
export function isNoResponders(error: unknown): boolean {
  if (error instanceof NoRespondersError) return true;
  if (error instanceof RequestError && error.isNoResponders()) return true;
  return error instanceof Error && error.cause !== undefined && isNoResponders(error.cause);
}

function permissionViolation(error: unknown): PermissionViolationError | undefined {
  if (error instanceof PermissionViolationError) return error;
  return error instanceof Error && error.cause !== undefined ? permissionViolation(error.cause) : undefined;
}
