interface SiteReport {
  readonly checks?: Readonly<Record<string, { readonly state?: string; readonly suppressed?: boolean }>>;
}

/** The checks of a site that are not well, by the health monitor's report; those announced as maintenance are not asked. */
export function unhealthyChecks(report: Record<string, unknown>, site: string): string[] {
  const { checks = {} } = ((report['sites'] ?? {}) as Record<string, SiteReport>)[site] ?? {};
  return Object.entries(checks)
    .filter(([, check]) => check.suppressed !== true && check.state !== 'ok')
    .map(([name, check]) => `${name} of ${site} (${check.state ?? 'unknown'})`);
}
