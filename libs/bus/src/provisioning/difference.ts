/** A field of a stream or consumer whose value on the server is not the one we declare. */
export interface Difference {
  readonly field: string;
  readonly found: unknown;
  readonly wanted: unknown;
}

/** The wanted fields that differ; the server's other fields are its defaults and not ours to judge. */
export function differences(
  found: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): Difference[] {
  return Object.entries(wanted)
    .filter(([field, value]) => !equal(withDefault(found[field], value), value))
    .map(([field, value]) => ({ field, found: found[field], wanted: value }));
}

/** The server leaves out a field that has its zero value. */
function withDefault(found: unknown, wanted: unknown): unknown {
  if (found !== undefined) return found;
  if (typeof wanted === 'boolean') return false;
  if (typeof wanted === 'number') return 0;
  return typeof wanted === 'string' ? '' : found;
}

function equal(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((value) => right.includes(value));
  }
  return left === right;
}

/**
 * The differences that lose messages, weaken durability or change whom a consumer serves. They are a human's to decide:
 * at boot they are refused.
 */
export function destructive(kind: 'stream' | 'consumer', all: readonly Difference[]): Difference[] {
  return all.filter((one) => (kind === 'stream' ? destructiveForStream(one) : destructiveForConsumer(one)));
}

function destructiveForStream({ field, found, wanted }: Difference): boolean {
  switch (field) {
    case 'retention':
    case 'storage':
      return true;
    case 'subjects':
      return Array.isArray(found) && Array.isArray(wanted) && found.some((subject) => !wanted.includes(subject));
    case 'num_replicas':
      return Number(found) > Number(wanted);
    case 'max_age':
    case 'max_bytes':
    case 'max_msgs':
    case 'max_msgs_per_subject':
      return isTighter(Number(found ?? 0), Number(wanted));
    default:
      return false;
  }
}

/** Zero and minus one mean no limit. */
function isTighter(found: number, wanted: number): boolean {
  if (wanted <= 0) return false;
  return found <= 0 || wanted < found;
}

function destructiveForConsumer({ field }: Difference): boolean {
  return ['filter_subject', 'ack_policy', 'deliver_policy', 'durable_name'].includes(field);
}
