import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';
import { DrError, type ProblemDetail } from '../errors/dr-error.js';
import type { Message, MessageClass } from './message.js';
import { reservedNames } from './reserved-names.js';
import { instanceIfValid, type Strictness } from './valid-instance.js';

/**
 * The value as a checked instance of its class.
 * @throws DrError INVALID_MESSAGE with one detail per wrong field, nested paths written as `steps[2].name`.
 */
export function validate<T extends Message>(type: MessageClass<T>, value: unknown, strictness: Strictness): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DrError('INVALID_MESSAGE', `${type.name} must be a JSON object`, {
      details: [{ path: '', problem: 'must be a JSON object' }],
    });
  }
  return instanceIfValid(type, value, strictness) ?? validateThoroughly(type, value, strictness);
}

/**
 * {@link validate} by the libraries alone: it decides wherever the short way cannot tell that a value is valid, and makes
 * every error.
 */
export function validateThoroughly<T extends Message>(type: MessageClass<T>, value: object, strictness: Strictness): T {
  const dangers = reservedNames(value);
  if (dangers.length > 0) throw notValid(type, dangers);
  const instance = plainToInstance(type as unknown as new () => T, value, { enableImplicitConversion: false });
  const strict = strictness === 'strict';
  const errors = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: strict,
    // Else a message without any field, such as a query for everything, would be refused for having no decorators.
    forbidUnknownValues: false,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
  });
  if (errors.length === 0) return instance;
  throw notValid(
    type,
    errors.flatMap((error) => problemsOf(error, '')),
  );
}

function notValid(type: { readonly name: string }, details: readonly ProblemDetail[]): DrError {
  const [first] = details;
  return new DrError('INVALID_MESSAGE', `${type.name} is not valid: ${first?.path ?? ''} ${first?.problem ?? ''}`, {
    details,
  });
}

/** class-validator's tree of errors as flat paths, deepest first. */
export function problemsOf(error: ValidationError, parent: string): ProblemDetail[] {
  const path = joinPath(parent, error.property);
  const own = Object.values(error.constraints ?? {}).map((problem) => ({
    path,
    problem: withoutName(problem, error.property),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => problemsOf(child, path))];
}

function joinPath(parent: string, property: string): string {
  if (/^\d+$/u.test(property)) return `${parent}[${property}]`;
  return parent === '' ? property : `${parent}.${property}`;
}

function withoutName(problem: string, property: string): string {
  if (problem === `property ${property} should not exist`) return 'is not a known field';
  return problem.startsWith(`${property} `) ? problem.slice(property.length + 1) : problem;
}
