import { statuspageFiles } from '../api/statuspage-json.js';
import { componentsOf, type PublicIncident, type StatusFacts } from '../facts/status-facts.js';
import { atomFeed } from '../feeds/atom.js';
import { badge } from '../feeds/badge.js';
import { maintenanceCalendar } from '../feeds/calendar.js';
import { rssFeed } from '../feeds/rss.js';
import type { Language } from '../languages/language.js';
import { byMonth, historyPage, monthPage, monthPath } from '../pages/history-pages.js';
import { incidentPage } from '../pages/incident-page.js';
import { messagePage } from '../pages/message-page.js';
import { overviewPage } from '../pages/overview-page.js';
import { languageFolder, type PageContext, pageContext } from '../pages/page-context.js';
import { subscribePage } from '../pages/subscribe-page.js';
import { uptimePage } from '../pages/uptime-page.js';
import { incidentPath, isOpen, overall } from '../pages/wording.js';
import { type Site, type SiteFile, siteFile } from './site-file.js';

/**
 * Makes every file of the page. What cannot have changed since the last time, incidents that are over and months without a new
 * one, is taken from there: a page that is renewed each minute costs the same after ten years.
 */
export class SiteBuilder {
  private kept = new Map<string, { readonly of: readonly unknown[]; readonly file: SiteFile }>();
  private frame = '';

  constructor(
    /** The first is the page's own. */
    private readonly languages: readonly Language[],
    /** Files that are always part of it. */
    private readonly pictures: readonly SiteFile[] = [],
  ) {}

  build(facts: StatusFacts): Site {
    this.forgetOtherFrames(facts);
    const files = new Map<string, SiteFile>();
    const add = (path: string, body: string): void => void files.set(path, siteFile(path, body));
    const [main] = this.languages;
    if (main === undefined) return files;
    for (const language of this.languages) {
      const context = pageContext(facts, language, this.languages);
      const folder = languageFolder(language, this.languages);
      add(`${folder}index.html`, overviewPage(context));
      add(`${folder}uptime.html`, uptimePage(context));
      if (facts.subscribeUrl !== undefined) add(`${folder}subscribe.html`, subscribePage(facts.subscribeUrl, context));
      for (const file of this.history(context, folder)) files.set(file.path, file);
    }
    add(
      '404.html',
      messagePage(
        '404.html',
        main.say('not-found'),
        main.say('not-found.text'),
        pageContext(facts, main, this.languages),
      ),
    );
    add('history.rss', rssFeed(facts, main));
    add('history.atom', atomFeed(facts, main));
    add('calendar.ics', maintenanceCalendar(facts, main));
    add('badge.svg', badge(facts.title, overall(facts), main));
    for (const { id, title } of componentsOf(facts))
      add(`badges/${id}.svg`, badge(title, facts.states.get(id) ?? 'unknown', main));
    for (const [path, json] of statuspageFiles(facts, main)) add(path, `${JSON.stringify(json)}\n`);
    for (const picture of this.pictures) files.set(picture.path, picture);
    return files;
  }

  private *history(context: PageContext, folder: string): IterableIterator<SiteFile> {
    const { incidents } = context.facts;
    const months = byMonth(incidents);
    yield this.once(
      `${folder}history.html`,
      [...months].flatMap(([month, list]) => [month, list.length]),
      () => historyPage(context),
    );
    const names = [...months.keys()];
    for (const [month, list] of months) {
      const at = names.indexOf(month);
      const of = [...list, names[at - 1], names[at + 1], list.some(isOpen) && context.facts.generatedAt];
      yield this.once(`${folder}${monthPath(month)}`, of, () => monthPage(month, context));
    }
    for (const incident of incidents) yield this.incident(incident, context, folder);
  }

  private incident(incident: PublicIncident, context: PageContext, folder: string): SiteFile {
    const of = [incident, isOpen(incident) && context.facts.generatedAt];
    return this.once(`${folder}${incidentPath(incident)}`, of, () => incidentPage(incident, context));
  }

  private once(path: string, of: readonly unknown[], make: () => string): SiteFile {
    const known = this.kept.get(path);
    if (known !== undefined && known.of.length === of.length && known.of.every((one, index) => one === of[index]))
      return known.file;
    const file = siteFile(path, make());
    this.kept.set(path, { of, file });
    return file;
  }

  /** A page of what is over still shows the present title and the present names of components. */
  private forgetOtherFrames(facts: StatusFacts): void {
    const { title, publicUrl, supportUrl, subscribeUrl, unlisted, groups } = facts;
    const frame = JSON.stringify([title, publicUrl, supportUrl, subscribeUrl, unlisted, groups]);
    if (frame !== this.frame) this.kept = new Map();
    this.frame = frame;
  }
}
