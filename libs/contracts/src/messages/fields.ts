import 'reflect-metadata';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';

/** Where a field's nested class stands among its metadata: class-transformer keeps its own out of reach. */
export const nestedTypeKey = Symbol('nested type');

/** The field types our messages and the estate file are made of, each one line over class-validator. */
const all =
  (...decorators: PropertyDecorator[]): PropertyDecorator =>
  (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };

/** A name or id that is also one subject token, a file name and an S3 key part. */
export const Name = (): PropertyDecorator =>
  all(
    IsString(),
    Matches(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/u, { message: '$property must be 1 to 128 letters, digits, - or _' }),
  );

export const Text = (maxLength = 4096): PropertyDecorator => all(IsString(), MaxLength(maxLength));
export const NonEmptyText = (maxLength = 4096): PropertyDecorator => all(IsString(), Length(1, maxLength));
export const OneOf = (values: readonly (string | number)[]): PropertyDecorator =>
  IsIn([...values], { message: `$property must be one of ${values.join(', ')}` });
export const EachOneOf = (values: readonly string[]): PropertyDecorator =>
  all(IsArray(), IsIn([...values], { each: true, message: `each $property must be one of ${values.join(', ')}` }));
export const Flag = (): PropertyDecorator => IsBoolean();
/** RFC 3339 with a zone. */
export const Time = (): PropertyDecorator =>
  all(
    IsISO8601({ strict: true, strictSeparator: true }),
    Matches(/(?:Z|[+-]\d{2}:\d{2})$/u, {
      message: '$property must be an RFC 3339 time with a zone, such as 2026-03-15T10:00:00Z',
    }),
  );
/** A whole number of milliseconds, bytes or things, not negative. */
export const Count = (): PropertyDecorator => all(IsInt(), Min(0), Max(Number.MAX_SAFE_INTEGER));
export const Fraction = (): PropertyDecorator =>
  all(IsNumber({ allowNaN: false, allowInfinity: false }, { message: '$property must be a number' }), Min(0), Max(1));
export const Amount = (): PropertyDecorator =>
  all(IsNumber({ allowNaN: false, allowInfinity: false }, { message: '$property must be a number' }), Min(0));
export const Optional = (): PropertyDecorator => IsOptional();
export const Texts = (maxItems = 1000): PropertyDecorator =>
  all(IsArray(), ArrayMaxSize(maxItems), IsString({ each: true }), MaxLength(4096, { each: true }));
export const Names = (maxItems = 1000): PropertyDecorator =>
  all(
    IsArray(),
    ArrayMaxSize(maxItems),
    Matches(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/u, {
      each: true,
      message: 'each $property must be 1 to 128 letters, digits, - or _',
    }),
  );
export const Nested = (type: () => new () => object): PropertyDecorator =>
  all(IsObject(), ValidateNested(), Type(type), Reflect.metadata(nestedTypeKey, type));
export const ListOf = (type: () => new () => object, maxItems = 10_000): PropertyDecorator =>
  all(
    IsArray(),
    ArrayMaxSize(maxItems),
    ValidateNested({ each: true }),
    Type(type),
    Reflect.metadata(nestedTypeKey, type),
  );
/** Free-form data, kept as it is. */
export const Data = (): PropertyDecorator => IsObject();
