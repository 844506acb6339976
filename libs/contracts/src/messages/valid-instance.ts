import {
  getMetadataStorage,
  type ValidationArguments,
  ValidationTypes,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { nestedTypeKey } from './fields.js';
import type { Message, MessageClass } from './message.js';

/** `strict` refuses an unknown field by name (commands, and everything we publish); `tolerant` drops it (events we read). */
export type Strictness = 'strict' | 'tolerant';

type Class = new () => object;
type Condition = (object: object, value: unknown) => boolean;
type ValidationMetadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

interface Check {
  readonly constraint: ValidatorConstraintInterface;
  readonly each: boolean;
  readonly constraints: unknown[];
}

interface FieldPlan {
  readonly name: string;
  /** Free-form: any plain data. */
  readonly data: boolean;
  readonly checks: readonly Check[];
  readonly conditions: readonly Condition[];
  readonly nested?: Class;
}

/** The names of class-validator's constraints for a time and for an object of any shape. */
const isTime = 'isIso8601';
const isData = 'isObject';
/**
 * What nearly every time of ours looks like, of days that every month has: only such a one is taken without asking the library,
 * which makes several dates for each.
 */
const plainTime =
  /^[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/u;

const timeOr =
  (library: ValidatorConstraintInterface): ValidatorConstraintInterface['validate'] =>
  (value, facts) =>
    (typeof value === 'string' && plainTime.test(value)) || library.validate(value, facts);

type ClassPlan = ReadonlyMap<string, FieldPlan>;

/** What has not been shown to be valid by the short way. */
const undecided = Symbol('undecided');
const plans = new Map<Class, ClassPlan | undefined>();

/**
 * The value as an instance of its class if it is plainly valid, else undefined: then class-transformer and class-validator
 * decide. Both look their metadata up anew for each value, which costs ten times what the checks do; here they are looked up
 * once for a class, and the very same constraints are asked. Fields use `@Type` through `Nested` and `ListOf` only, and no
 * other decorator of class-transformer.
 */
export function instanceIfValid<T extends Message>(
  type: MessageClass<T>,
  value: object,
  strictness: Strictness,
): T | undefined {
  const made = make(type as unknown as Class, value, strictness === 'strict');
  return made === undecided ? undefined : (made as T);
}

function make(type: Class, value: object, strict: boolean): unknown {
  const plan = planOf(type);
  if (plan === undefined) return undecided;
  const instance = new type() as Record<string, unknown>;
  const source = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(source)) {
    const field = plan.get(key);
    if (field === undefined) {
      if (strict) return undecided;
      continue;
    }
    const made = valueOf(field, source[key], strict);
    if (made === undecided) return undecided;
    instance[key] = made;
  }
  for (const field of plan.values()) {
    if (!holds(field, instance)) return undecided;
  }
  return instance;
}

/** Scalars, lists of scalars, nested messages and plain data; anything else is copied by class-transformer, which knows its dangers. */
function valueOf(field: FieldPlan, value: unknown, strict: boolean): unknown {
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) {
      const made = itemOf(field, item, strict);
      if (made === undecided) return undecided;
      items.push(made);
    }
    return items;
  }
  return value === undefined ? undefined : itemOf(field, value, strict);
}

function itemOf(field: FieldPlan, item: unknown, strict: boolean): unknown {
  if (field.nested !== undefined) {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return undecided;
    return make(field.nested, item, strict);
  }
  if (isScalar(item)) return item;
  return field.data ? copyOf(item, deepestData) : undecided;
}

/** Deeper data are left to the library. */
const deepestData = 32;
const leftOut = new Set(['__proto__', 'constructor']);

/** Plain data copied as class-transformer copies them: a report of thousands of checks takes it a tenth of a second. */
function copyOf(value: unknown, depthLeft: number): unknown {
  if (isScalar(value)) return value;
  if (typeof value !== 'object' || value === null || depthLeft === 0) return undecided;
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) {
      const copied = copyOf(item, depthLeft - 1);
      if (copied === undecided) return undecided;
      items.push(copied);
    }
    return items;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return undecided;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (leftOut.has(key)) return undecided;
    const copied = copyOf((value as Record<string, unknown>)[key], depthLeft - 1);
    if (copied === undecided) return undecided;
    copy[key] = copied;
  }
  return copy;
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function holds(field: FieldPlan, object: Readonly<Record<string, unknown>>): boolean {
  const value = object[field.name];
  for (const condition of field.conditions) {
    if (!condition(object, value)) return true;
  }
  // One for all checks of the field: making one for each would take longer than most checks.
  const facts: ValidationArguments = {
    targetName: object.constructor.name,
    property: field.name,
    object,
    value,
    constraints: [],
  };
  for (const { constraint, each, constraints } of field.checks) {
    facts.constraints = constraints;
    if (each && Array.isArray(value)) {
      for (const item of value) if (constraint.validate(item, facts) !== true) return false;
    } else if (constraint.validate(value, facts) !== true) {
      return false;
    }
  }
  return true;
}

function planOf(type: Class): ClassPlan | undefined {
  if (!plans.has(type)) plans.set(type, makePlan(type));
  return plans.get(type);
}

/** Undefined where a class uses something of the libraries that is not understood here. */
function makePlan(type: Class): ClassPlan | undefined {
  const storage = getMetadataStorage();
  const found = storage.getTargetValidationMetadatas(type, '', false, false);
  const plan = new Map<string, FieldPlan>();
  for (const [name, metadatas] of Object.entries(storage.groupByPropertyName(found))) {
    const field = makeField(type, name, metadatas);
    if (field === undefined) return undefined;
    plan.set(name, field);
  }
  return plan;
}

function makeField(type: Class, name: string, metadatas: readonly ValidationMetadata[]): FieldPlan | undefined {
  const checks: Check[] = [];
  const conditions: Condition[] = [];
  let nested: Class | undefined;
  let data = false;
  for (const metadata of metadatas) {
    const constraints: unknown[] = metadata.constraints ?? [];
    if (metadata.validateIf !== undefined) return undefined;
    if (metadata.type === ValidationTypes.CUSTOM_VALIDATION) {
      for (const { instance, async } of getMetadataStorage().getTargetValidatorConstraints(metadata.constraintCls)) {
        if (async) return undefined;
        const constraint = metadata.name === isTime ? { validate: timeOr(instance) } : instance;
        checks.push({ constraint, each: metadata.each, constraints });
        data ||= metadata.name === isData;
      }
    } else if (metadata.type === ValidationTypes.CONDITIONAL_VALIDATION) {
      conditions.push(constraints[0] as Condition);
    } else if (metadata.type === ValidationTypes.NESTED_VALIDATION) {
      const typeOf = Reflect.getMetadata(nestedTypeKey, type.prototype as object, name) as (() => Class) | undefined;
      if (typeOf === undefined) return undefined;
      nested = typeOf();
    } else {
      return undefined;
    }
  }
  return { name, data, checks, conditions, ...(nested === undefined ? {} : { nested }) };
}
