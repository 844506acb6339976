import type { ReplicationLink } from '@novacron/contracts';

/**
 * From whom a standby receives when `active` is the primary: from the site the estate's links name, as long as that one is
 * itself in the chain and not the standby's own follower, and from the primary otherwise.
 */
export function upstreamOf(
  standby: string,
  active: string,
  links: readonly ReplicationLink[],
  available: ReadonlySet<string>,
): string {
  const from = links.find((link) => link.to === standby)?.from;
  if (from === undefined || from === active || !available.has(from)) return active;
  return descendsFrom(from, active, links, available, new Set([standby])) ? from : active;
}

function descendsFrom(
  site: string,
  active: string,
  links: readonly ReplicationLink[],
  available: ReadonlySet<string>,
  seen: ReadonlySet<string>,
): boolean {
  if (site === active) return true;
  if (seen.has(site)) return false;
  const from = links.find((link) => link.to === site)?.from;
  // A site no link leads to follows the primary itself.
  if (from === undefined || !available.has(from)) return true;
  return descendsFrom(from, active, links, available, new Set([...seen, site]));
}

/** The standbys whose confirmation each commit on `active` waits for, by the estate's links, among those that can confirm. */
export function synchronousStandbys(
  active: string,
  links: readonly ReplicationLink[],
  streaming: ReadonlySet<string>,
): string[] {
  return links
    .filter((link) => link.from === active && link.mode === 'synchronous' && streaming.has(link.to))
    .map((link) => link.to);
}
