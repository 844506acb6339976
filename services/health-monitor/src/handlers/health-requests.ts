import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { WrittenReply } from '@novacron/bus';
import { Done, DrError, durationMs, isDuration, QueryHealthStatus, SetMaintenance } from '@novacron/contracts';
import { HealthMonitor } from '../health-monitor.js';
import { healthReport } from '../verdicts/health-report.js';

/** Longer work is announced again: a window that somebody forgot must not hide a disaster for long. */
const longestMaintenanceMs = 7 * 24 * 60 * 60 * 1_000;

@Controller()
export class HealthRequests {
  constructor(private readonly monitor: HealthMonitor) {}

  @MessagePattern(QueryHealthStatus)
  status(query: QueryHealthStatus): WrittenReply {
    const { parts } = this.monitor;
    const { sites, health } = parts.estate;
    if (query.site !== undefined) assertKnown('site', query.site, sites);
    if (query.vantage !== undefined) assertKnown('vantage', query.vantage, health.vantages);
    if (query.check !== undefined) {
      if (query.site === undefined)
        throw new DrError('INVALID_MESSAGE', 'a check is one of a site', {
          hint: 'name its site too',
          details: [{ path: 'site', problem: 'must be given with check' }],
        });
      assertKnown('check', query.check, parts.judge.checksOf(query.site));
    }
    return new WrittenReply(`{"at":"${new Date().toISOString()}","report":${healthReport(parts, query)}}`);
  }

  @MessagePattern(SetMaintenance)
  async maintenance({ site, check, expiry, reason, owner }: SetMaintenance): Promise<Done> {
    const { sites } = this.monitor.parts.estate;
    assertKnown('site', site, sites);
    if (check !== undefined) {
      assertKnown('check', check, this.monitor.parts.judge.checksOf(site));
    }
    const lengthMs = lengthOf(expiry);
    const since = new Date();
    const until = new Date(since.getTime() + lengthMs).toISOString();
    const place = check === undefined ? site : `${check} of ${site}`;
    await this.monitor.announceMaintenance({
      site,
      ...(check === undefined ? {} : { check }),
      since: since.toISOString(),
      until,
      reason,
      owner,
    });
    const message = lengthMs === 0 ? `maintenance of ${place} is over` : `${place} is in maintenance until ${until}`;
    return new Done({ status: 'done', message });
  }
}

/** A site may have thousands of checks: the answer names some. */
const namedInHint = 20;

function assertKnown(
  kind: 'site' | 'vantage' | 'check',
  name: string,
  known: readonly { readonly name: string }[],
): void {
  if (known.some((candidate) => candidate.name === name)) return;
  const names = known.slice(0, namedInHint).map((candidate) => candidate.name);
  const more = known.length > names.length ? ` or ${known.length - names.length} more` : '';
  throw new DrError('NOT_FOUND', `there is no ${kind} ${name}`, {
    hint: known.length === 0 ? 'there is none' : `use one of ${names.join(', ')}${more}`,
    details: [{ path: kind, problem: 'names what the estate does not have' }],
  });
}

function lengthOf(expiry: string): number {
  const lengthMs = isDuration(expiry) ? durationMs(expiry) : Number.NaN;
  if (lengthMs <= longestMaintenanceMs) return lengthMs;
  throw new DrError('INVALID_MESSAGE', 'expiry is not a duration of at most seven days', {
    hint: 'write how long, such as 30m; 0s ends the maintenance',
    details: [{ path: 'expiry', problem: 'must be a duration of at most 7d' }],
  });
}
