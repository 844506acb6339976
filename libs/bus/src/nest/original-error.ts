import {
  Catch,
  type ExceptionFilter,
  HttpException,
  type INestApplication,
  type INestMicroservice,
} from '@nestjs/common';
import { type CustomStrategy, type CustomTransportStrategy, RpcException } from '@nestjs/microservices';
import { DrError } from '@novacron/contracts';
import { type Observable, throwError } from 'rxjs';

/**
 * Lets the error that a handler threw reach the transport as it is. Nest's own last filter replaces every unknown error by
 * "Internal server error", and with it goes whether trying again can help. A filter of the application that is meant for an
 * error still comes first. {@link connectStrategy} installs it.
 */
@Catch()
export class OriginalErrorFilter implements ExceptionFilter {
  catch(exception: unknown): Observable<never> {
    return throwError(() => exception);
  }
}

/** Adds the bus to a Nest application, so that its handlers' own errors decide; `app.startAllMicroservices()` starts it. */
export function connectStrategy(app: INestApplication, strategy: CustomTransportStrategy): INestMicroservice {
  // Not initialised at once: handlers are bound then, with the filters known at that moment.
  const microservice = app.connectMicroservice<CustomStrategy>({ strategy }, { deferInitialization: true });
  microservice.useGlobalFilters(new OriginalErrorFilter());
  // The application calls these hooks, for all its modules; a microservice that is initialised late would call them again.
  (microservice as INestMicroservice & { setIsInitHookCalled(called: boolean): void }).setIsInitHookCalled(true);
  return microservice;
}

/**
 * What a handler, guard, pipe or filter threw, as an error of the house. Nest's own exceptions say by their status whether
 * the message is to blame; a refusal by a guard is a lasting one.
 */
export function asDrError(thrown: unknown): DrError {
  if (DrError.is(thrown)) return thrown;
  if (thrown instanceof RpcException) {
    const inner = thrown.getError();
    if (DrError.is(inner)) return inner;
    return new DrError('PRECONDITION_FAILED', thrown.message, { cause: thrown });
  }
  if (thrown instanceof HttpException) {
    const status = thrown.getStatus();
    if (status === 400 || status === 422) {
      return new DrError('INVALID_MESSAGE', thrown.message, { details: pipeProblems(thrown), cause: thrown });
    }
    if (status === 404) return new DrError('NOT_FOUND', thrown.message, { cause: thrown });
    if (status < 500) return new DrError('PRECONDITION_FAILED', thrown.message, { cause: thrown });
  }
  if (thrown instanceof Error) return DrError.from(thrown);
  return new DrError('INTERNAL', 'the handler failed, and what it threw was replaced on the way', {
    hint: 'add the bus with connectStrategy, and let filters throw errors',
    cause: thrown,
  });
}

/** Nest's ValidationPipe puts its findings into the body of its exception. */
function pipeProblems(thrown: HttpException): { path: string; problem: string }[] {
  const body = thrown.getResponse();
  const found = typeof body === 'object' && 'message' in body ? body.message : undefined;
  return Array.isArray(found) ? found.map((problem) => ({ path: '', problem: String(problem) })) : [];
}
