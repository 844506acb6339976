import {
  IsArray,
  IsInt,
  IsOptional,
  Matches,
  Max,
  Min,
  registerDecorator,
  type ValidationArguments,
} from 'class-validator';
import { isDuration } from './duration.js';

const custom =
  (name: string, message: string, validate: (value: unknown) => boolean): (() => PropertyDecorator) =>
  () =>
  (target, property) => {
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: String(property),
      validator: { validate, defaultMessage: (args: ValidationArguments) => `${args.property} ${message}` },
    });
  };

export const Duration = custom('duration', 'must be a duration such as 250ms, 1s, 15m, 4h or 7d', isDuration);

/** A secret stands elsewhere: `{env: NAME}` or `{file: PATH}`; never inline (DESIGN §5). */
export const Secret = custom(
  'secret',
  'must be a reference, {env: NAME} or {file: PATH}: a secret is never written into the estate file',
  isSecretRef,
);

export type SecretRef = { readonly env: string } | { readonly file: string };

export function isSecretRef(value: unknown): value is SecretRef {
  if (typeof value !== 'object' || value === null) return false;
  const entries = Object.entries(value);
  const [key, name] = entries[0] ?? [];
  return entries.length === 1 && (key === 'env' || key === 'file') && typeof name === 'string' && name.length > 0;
}

/** A program and its arguments, run without a shell in the estate file's folder. */
export const CommandLine = custom(
  'commandLine',
  'must be a list of a program and its arguments',
  (value) =>
    Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === 'string' && part.length > 0),
);

export const EnvironmentName = (): PropertyDecorator =>
  Matches(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/u, { message: '$property must be the name of an environment variable' });

export const Port = (): PropertyDecorator => (target, property) => {
  IsInt()(target, property);
  Min(1)(target, property);
  Max(65_535)(target, property);
};

/** A whole number within limits, both included. */
export const Whole =
  (least: number, most: number): PropertyDecorator =>
  (target, property) => {
    IsInt()(target, property);
    Min(least)(target, property);
    Max(most)(target, property);
  };

export const Url = (): PropertyDecorator =>
  Matches(/^[a-z][a-z0-9+.-]*:\/\/\S+$/u, { message: '$property must be a URL such as http://host:port/path' });

export const Maybe = (): PropertyDecorator => IsOptional();

/** Status codes of HTTP. */
export function Statuses(): PropertyDecorator {
  return (target, property) => {
    IsArray()(target, property);
    IsInt({ each: true })(target, property);
    Min(100, { each: true })(target, property);
    Max(599, { each: true })(target, property);
  };
}
