import type { Check, Estate } from '@novacron/contracts';
import { judgeSite, type JudgedCheck, type SiteVerdict } from '../domain/judge-site.js';
import type { MaintenanceBook } from './maintenance-book.js';
import type { Picture } from './picture.js';

interface Judged {
  readonly version: number;
  readonly isMuted: (check: string) => boolean;
  readonly verdict: SiteVerdict;
}

/**
 * Puts the estate, the picture and announced work together into a site's verdict, as of now. While nothing that it rests on has
 * changed it is the same object: with thousands of checks it is asked for far more often than it changes.
 */
export class SiteJudge {
  readonly sites: readonly string[];
  private readonly vantages: readonly string[];
  private readonly checks: ReadonlyMap<string, readonly Check[]>;
  /** Of each site the sites that its verdict rests on: its own, and those that its ways lead to. */
  private readonly restsOn: ReadonlyMap<string, readonly string[]>;
  private readonly judgedLast = new Map<string, Judged>();

  constructor(
    private readonly estate: Pick<Estate, 'sites' | 'health'>,
    private readonly picture: Picture,
    private readonly maintenance: Pick<MaintenanceBook, 'mutedIn'>,
  ) {
    this.sites = estate.sites.map((site) => site.name);
    this.vantages = estate.health.vantages.map((vantage) => vantage.name);
    this.checks = new Map(
      this.sites.map((site) => [site, estate.health.checks.filter((check) => check.site === site)]),
    );
    this.restsOn = new Map(
      this.sites.map((site) => [site, [...new Set([site, ...this.checksOf(site).flatMap(({ peer }) => peer ?? [])])]]),
    );
  }

  judge(site: string): SiteVerdict {
    const isMuted = this.maintenance.mutedIn(site);
    const version = (this.restsOn.get(site) ?? []).reduce((sum, other) => sum + this.picture.versionOf(other), 0);
    const last = this.judgedLast.get(site);
    if (last !== undefined && last.version === version && last.isMuted === isMuted) return last.verdict;
    const verdict = judgeSite({
      checks: this.checksOf(site).map((check) => this.judged(check, isMuted(check.name))),
      vantages: this.vantages,
      siteLostWhen: this.estate.health.rules.siteLostWhen,
    });
    this.judgedLast.set(site, { version, isMuted, verdict });
    return verdict;
  }

  checksOf(site: string): readonly Check[] {
    return this.checks.get(site) ?? [];
  }

  private judged({ name, role, site, kind, peer }: Check, muted: boolean): JudgedCheck {
    const judged = { name, role, muted, view: this.picture.viewOf(site, name) };
    if (kind !== 'partition' || peer === undefined) return judged;
    return {
      ...judged,
      link: { here: this.vantagesAt(site), there: this.vantagesAt(peer), thereAlive: this.isAlive(peer) },
    };
  }

  private vantagesAt(site: string): string[] {
    return this.estate.health.vantages.filter((vantage) => vantage.site === site).map(({ name }) => name);
  }

  /** Something there works in the eyes of a majority. */
  private isAlive(site: string): boolean {
    return this.checksOf(site).some(
      ({ kind, name }) => kind !== 'partition' && this.picture.viewOf(site, name).verdict.state === 'ok',
    );
  }
}
