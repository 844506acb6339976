import type { JsonSchema } from './json-schemas.js';

export type SampleKind = 'full' | 'minimal';

/** What a field of such a name holds in the house, so that a fixture reads like a message. */
const byName: Readonly<Record<string, unknown>> = {
  site: 'primary',
  to: 'secondary',
  targetSite: 'secondary',
  fromSite: 'primary',
  toSite: 'secondary',
  vantage: 'alpha',
  check: 'postgres',
  checks: ['postgres'],
  service: 'api',
  services: ['api'],
  component: 'orders',
  components: ['orders'],
  store: 'primary-s3',
  operationId: 'failover-20260315-1',
  backupId: 'full-20260315-1',
  incidentId: 'incident-20260315-1',
  reason: 'planned maintenance',
  title: 'promote the standby',
  by: 'on-call',
  step: 'promote',
  phase: 'validate',
  scenario: 'site-loss',
  tier: 'tier-1',
  channel: 'e-mail',
  audience: 'operations',
  stopLsn: '0/3000148',
  lsn: '0/3000148',
  recoveredLsn: '0/3000148',
  kind: 'postgres',
  at: '2026-03-15T10:00:00.000Z',
  incident: 'incident-20260315-1',
  notificationId: 'failover-20260315-1-email-1',
  recipient: 'on-call',
  template: 'failover-completed',
  owner: 'Ada of the platform team',
  needs: ['nats req dr.novacron.command.failover.approve'],
  expiry: '30m',
  comment: 'checked with the database team',
  failedChecks: ['postgres'],
  undoneSteps: ['reroute'],
  replicatedTo: ['secondary-s3'],
  fromStore: 'primary-s3',
  toStore: 'dr-s3',
  drillId: 'drill-20260315-1',
  fromLsn: '0/3000000',
  toLsn: '0/3000148',
  switchLsn: '0/3000148',
  providerId: '250 2.0.0 queued as 4F1A',
  code: 'UNREACHABLE',
  runbook: 'failover',
  state: 'running',
  fact: 'the standby has replayed all it received',
  source: 'postgres/secondary',
  problem: 'connection refused',
  query: 'select count(*) from orders',
  message: 'service runs on the secondary site',
  subject: 'failover under way',
  text: 'we are working on it',
};

/**
 * One valid message of a schema: `full` has every field, `minimal` only those that must be there. The same each time, so that
 * a fixture made from it is made once and kept.
 */
export function sampleOf(
  schema: JsonSchema,
  definitions: Readonly<Record<string, JsonSchema>>,
  kind: SampleKind,
): unknown {
  return new Sampler(definitions, kind).value(schema, '');
}

class Sampler {
  constructor(
    private readonly definitions: Readonly<Record<string, JsonSchema>>,
    private readonly kind: SampleKind,
  ) {}

  value(schema: JsonSchema, name: string): unknown {
    if (schema.$ref !== undefined) {
      return this.value(this.definitions[schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)] ?? {}, name);
    }
    const values = schema['enum'];
    if (Array.isArray(values)) return values[0];
    const known = byName[name];
    if (known !== undefined && fits(known, schema)) return known;
    if (schema.type === 'array') return [this.value(schema.items ?? {}, name)];
    if (schema.type === 'object') return this.object(schema);
    if (schema.type === 'boolean') return true;
    if (schema.type === 'integer' || schema.type === 'number') return numberFor(name, schema);
    return text(schema, name);
  }

  private object(schema: JsonSchema): Record<string, unknown> {
    const required = new Set(schema.required ?? []);
    const fields = Object.entries(schema.properties ?? {}).filter(
      ([name]) => this.kind === 'full' || required.has(name),
    );
    return Object.fromEntries(fields.map(([name, field]) => [name, this.value(field, name)]));
  }
}

function fits(known: unknown, schema: JsonSchema): boolean {
  if (Array.isArray(known)) return schema.type === 'array' && fits(known[0], schema.items ?? {});
  if (schema['enum'] !== undefined || typeof known !== schema.type) return false;
  return typeof schema['pattern'] !== 'string' || new RegExp(schema['pattern'], 'u').test(String(known));
}

function numberFor(name: string, schema: JsonSchema): number {
  if (schema['maximum'] === 1) return 0.9;
  if (name.endsWith('Bytes')) return 1_048_576;
  return name.endsWith('Ms') ? 1_250 : 1;
}

function text(schema: JsonSchema, name: string): string {
  if (schema['format'] === 'date-time') return '2026-03-15T10:00:00.000Z';
  const pattern = typeof schema['pattern'] === 'string' ? schema['pattern'] : '';
  if (pattern.includes('ms|s|m|h|d')) return '15m';
  if (pattern.startsWith('^[A-Za-z0-9]')) return `${name.replace(/[^A-Za-z0-9]/gu, '')}-1`;
  const max = typeof schema['maxLength'] === 'number' ? schema['maxLength'] : 4096;
  return `a ${name}`.slice(0, max);
}
