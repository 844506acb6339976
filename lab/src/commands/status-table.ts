import type { LabStatus, ServerStatus, SiteStatus } from '../control/lab-status.js';

const columns = ['site', 'network', 'postgres', 'redis', 's3', 'app'] as const;

/** One line per site, with what is wrong in words; below it the reasons of what is held, and the services. */
export function statusTable(status: LabStatus): string {
  const rows = [columns as readonly string[], ...status.sites.map((site) => cells(site, status.active))];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] as number))
      .join('  ')
      .trimEnd(),
  );
  return [...table, ...reasons(status), ...services(status)].join('\n');
}

function cells({ site, power, network, postgres, redis, s3, app }: SiteStatus, active: string | undefined): string[] {
  const name = site === active ? `${site} *` : site;
  return [name, power === 'off' ? 'powered off' : network, ...[postgres, redis, s3, app].map(cell)];
}

function cell(server: ServerStatus | undefined): string {
  if (server === undefined) return '–';
  if (server.state === 'quarantined') return 'quarantined';
  if (server.state !== 'running') return server.detail === '' ? server.state : `${server.state} (${server.detail})`;
  return server.detail === '' ? 'running' : server.detail;
}

function reasons({ sites }: LabStatus): string[] {
  return sites.flatMap(({ site, postgres, redis }) =>
    Object.entries({ postgres, redis })
      .filter(([, server]) => server?.state === 'quarantined')
      .map(([name, server]) => `${name} of ${site} is held by the start guard: ${server?.detail}`),
  );
}

function services({ active, services }: LabStatus): string[] {
  const down = services.filter(({ pid }) => pid === null).map(({ instance }) => instance);
  const running = services.length - down.length;
  const without = down.length === 0 ? '' : `, down: ${down.join(', ')}`;
  return ['', `* customers are sent to ${active ?? 'no site'}`, `services: ${running} running${without}`];
}
