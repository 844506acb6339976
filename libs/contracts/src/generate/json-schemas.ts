import 'reflect-metadata';
import { createRequire } from 'node:module';
import { validationMetadatasToSchemas } from 'class-validator-jsonschema';
import { eventContracts, requestContracts } from '../messages/registry.js';

export interface JsonSchema {
  readonly [key: string]: unknown;
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
}

type ConverterOptions = NonNullable<Parameters<typeof validationMetadatasToSchemas>[0]>;

/** class-transformer keeps this out of its types, and only it knows what a nested list holds. */
const { defaultMetadataStorage } = createRequire(import.meta.url)('class-transformer/cjs/storage.js') as {
  readonly defaultMetadataStorage: ConverterOptions['classTransformerMetadataStorage'];
};

const refPrefix = '#/definitions/';

const reference = (key: 'env' | 'file') => ({
  type: 'object' as const,
  properties: { [key]: { type: 'string' as const, minLength: 1 } },
  required: [key],
  additionalProperties: false,
});

/** What our own field types are in JSON Schema; the library knows those of class-validator. */
const converters: ConverterOptions['additionalConverters'] = {
  duration: { type: 'string', pattern: '^\\d+(\\.\\d+)?(ms|s|m|h|d)$' },
  secret: { oneOf: [reference('env'), reference('file')] },
  commandLine: { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 },
  isInt: { type: 'integer' },
  isIso8601: { type: 'string', format: 'date-time' },
};

const all = validationMetadatasToSchemas({
  ...(defaultMetadataStorage === undefined ? {} : { classTransformerMetadataStorage: defaultMetadataStorage }),
  refPointerPrefix: refPrefix,
  additionalConverters: converters,
}) as Readonly<Record<string, JsonSchema>>;

const classes = new Map<string, Function>(
  [...eventContracts, ...requestContracts, ...requestContracts.map(({ reply }) => ({ class: reply }))].map(
    (contract) => [contract.class.name, contract.class],
  ),
);

/** The schema of a class as its properties, inherited ones too; others by `#/definitions/<Name>`. */
export function schemaOf(name: string): JsonSchema {
  const schema = all[name] ?? inherited(name);
  return schema === undefined ? { type: 'object', properties: {} } : (tidy(schema) as JsonSchema);
}

/** The library knows a class by fields of its own: one that adds none is what the class above it is. */
function inherited(name: string): JsonSchema | undefined {
  let type: unknown = classes.get(name);
  while (typeof type === 'function') {
    const schema = all[type.name];
    if (schema !== undefined) return schema;
    type = Object.getPrototypeOf(type);
  }
  return undefined;
}

/** Every class that a schema leads to, itself not included, in alphabetical order. */
export function definitionsOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const found = new Map<string, JsonSchema>();
  const visit = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    const ref = (part as JsonSchema).$ref;
    const name = ref?.slice(refPrefix.length);
    if (name !== undefined && !found.has(name)) {
      const definition = schemaOf(name);
      found.set(name, definition);
      visit(definition);
    }
    Object.values(part).forEach(visit);
  };
  visit(schema);
  return Object.fromEntries([...found].toSorted(([a], [b]) => a.localeCompare(b)));
}

/** A reference stands alone: in draft-07 what stands beside it is ignored, and some tools refuse it. */
function tidy(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(tidy);
  if (typeof part !== 'object' || part === null) return part;
  const { $ref } = part as JsonSchema;
  if ($ref !== undefined) return { $ref };
  const tidied = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, tidy(value)]));
  // A bound turns the library's integer into a number; only our counts have this one.
  return tidied['maximum'] === Number.MAX_SAFE_INTEGER ? { ...tidied, type: 'integer' } : tidied;
}
