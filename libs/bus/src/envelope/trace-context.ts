import { randomBytes } from 'node:crypto';

/** W3C Trace Context, level 1: version, trace id, parent id, flags. */
const form = /^00-(?<trace>[0-9a-f]{32})-(?<parent>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})$/u;
const noTrace = '0'.repeat(32);
const noParent = '0'.repeat(16);

export function isTraceparent(text: string): boolean {
  const groups = form.exec(text)?.groups;
  return groups !== undefined && groups['trace'] !== noTrace && groups['parent'] !== noParent;
}

/** The next hop of a trace: the same trace with a span of its own; a new, sampled trace where there is none to go on with. */
export function nextTraceparent(parent: string | undefined): string {
  const groups = parent !== undefined && isTraceparent(parent) ? form.exec(parent)?.groups : undefined;
  const trace = groups?.['trace'] ?? randomBytes(16).toString('hex');
  return `00-${trace}-${randomBytes(8).toString('hex')}-${groups?.['flags'] ?? '01'}`;
}
