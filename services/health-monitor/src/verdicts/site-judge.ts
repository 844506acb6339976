import type { Estate } from '@novacron/contracts';
import { judgeSite, type SiteVerdict } from '../domain/judge-site.js';
import type { MaintenanceBook } from './maintenance-book.js';
import type { Picture } from './picture.js';

/** Puts the estate, the picture and announced work together into a site's verdict, as of now. */
export class SiteJudge {
  readonly sites: readonly string[];
  private readonly vantages: readonly string[];

  constructor(
    private readonly estate: Pick<Estate, 'sites' | 'health'>,
    private readonly picture: Picture,
    private readonly maintenance: Pick<MaintenanceBook, 'isMuted'>,
  ) {
    this.sites = estate.sites.map((site) => site.name);
    this.vantages = estate.health.vantages.map((vantage) => vantage.name);
  }

  judge(site: string): SiteVerdict {
    const checks = this.estate.health.checks.filter((check) => check.site === site);
    return judgeSite({
      checks: checks.map(({ name, role }) => ({ name, role, muted: this.maintenance.isMuted(site, name) })),
      vantages: this.vantages,
      voiceOf: (vantage, check) => this.picture.voiceOf(vantage, site, check),
      siteLostWhen: this.estate.health.rules.siteLostWhen,
    });
  }

  checksOf(site: string): string[] {
    return this.estate.health.checks.filter((check) => check.site === site).map((check) => check.name);
  }
}
