import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { DrError, type ProblemDetail } from '@novacron/contracts';
import { getMetadataStorage, validateSync } from 'class-validator';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A config class: fields with class-validator decorators, and values where there is a default. */
export type ConfigClass<T extends object> = new () => T;

const sensitiveFields = new WeakMap<object, Set<string>>();

/** The field may hold a secret: besides `DR_X`, its value may stand in the file that `DR_X_FILE` names. */
export function Sensitive(): PropertyDecorator {
  return (target, property) => {
    const fields = sensitiveFields.get(target) ?? new Set<string>();
    fields.add(String(property));
    sensitiveFields.set(target, fields);
  };
}

/** `natsUrl` is read from `DR_NATS_URL`. */
export function variableName(field: string): string {
  return `DR_${field.replace(/[A-Z]/gu, (letter) => `_${letter}`).toUpperCase()}`;
}

/**
 * A checked config from environment variables: text becomes what the field's declared type is (string, number, boolean; an
 * object is written as JSON), and an empty variable counts as absent.
 * @throws DrError INVALID_CONFIG naming every variable that is missing or wrong, never a value.
 */
export function loadConfig<T extends object>(type: ConfigClass<T>, environment: Environment): T {
  const config = new type();
  const problems: ProblemDetail[] = [];
  for (const field of fieldsOf(type)) {
    try {
      const text = textOf(config, field, environment);
      if (text !== undefined) Object.assign(config, { [field]: convert(config, field, text) });
    } catch (error) {
      problems.push({ path: variableName(field), problem: DrError.from(error).message });
    }
  }
  const unreadable = new Set(problems.map((problem) => problem.path));
  for (const { property, constraints } of validateSync(config, { validationError: { target: false, value: false } })) {
    const [problem = 'is wrong'] = Object.values(constraints ?? {});
    const path = variableName(property);
    if (!unreadable.has(path)) problems.push({ path, problem: withoutName(problem, property) });
  }
  if (problems.length === 0) return config;
  throw new DrError('INVALID_CONFIG', `${problems.map(({ path }) => path).join(', ')}: missing or wrong`, {
    details: problems,
  });
}

/** class-validator's own texts begin with the field's name; the variable is named already. */
function withoutName(problem: string, property: string): string {
  return problem.startsWith(`${property} `) ? problem.slice(property.length + 1) : problem;
}

function fieldsOf(type: ConfigClass<object>): string[] {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  return [...new Set(metadata.map((one) => one.propertyName))];
}

function textOf(config: object, field: string, environment: Environment): string | undefined {
  const name = variableName(field);
  const text = environment[name];
  if (text !== undefined && text !== '') return text;
  const file = isSensitive(config, field) ? environment[`${name}_FILE`] : undefined;
  if (file === undefined || file === '') return undefined;
  try {
    return readFileSync(file, 'utf8').trimEnd();
  } catch (error) {
    throw new DrError('INVALID_CONFIG', `the file that ${name}_FILE names cannot be read`, { cause: error });
  }
}

function isSensitive(config: object, field: string): boolean {
  for (let target = Object.getPrototypeOf(config); target !== null; target = Object.getPrototypeOf(target)) {
    if (sensitiveFields.get(target)?.has(field) === true) return true;
  }
  return false;
}

/** By the type of the field's default, else by the declared one. */
function convert(config: object, field: string, text: string): unknown {
  const standard: unknown = Reflect.get(config, field);
  const declared: unknown = standard?.constructor ?? Reflect.getMetadata('design:type', config, field);
  if (declared === Number) return Number(text);
  if (declared === Boolean) return text === 'true' ? true : text === 'false' ? false : text;
  if (declared !== Object) return text;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DrError('INVALID_CONFIG', 'must be JSON', { cause: error });
  }
}
