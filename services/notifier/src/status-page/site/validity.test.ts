import { Ajv } from 'ajv';
import { HtmlValidate } from 'html-validate';
import ICAL from 'ical.js';
import Parser from 'rss-parser';
import type { Language } from '../languages/language.js';
import { loadLanguages } from '../languages/load-languages.js';
import { hostileText, sampleStatus } from '../testing/sample-status.js';
import { SiteBuilder } from './build-site.js';
import type { Site } from './site-file.js';

let languages: readonly Language[];

beforeAll(async () => {
  languages = await loadLanguages(['en', 'de'], undefined);
});

const states = Object.entries(sampleStatus);
const build = (facts: (typeof states)[number][1]): Site => new SiteBuilder(languages).build(facts);
const text = (site: Site, path: string): string => site.get(path)?.body.toString() ?? '';

const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: {
    // Inline parts are sent as they stand in the source; long words are allowed to be long.
    'no-trailing-whitespace': 'off',
    'long-title': 'off',
    'no-inline-style': 'error',
    // Checkboxes of one question share its name.
    'form-dup-name': ['error', { shared: ['radio', 'checkbox', 'submit', 'button', 'reset'] }],
  },
});

describe.each(states)('%s', (name, facts) => {
  it('is valid HTML on every page', async () => {
    for (const [path, file] of build(facts)) {
      if (!path.endsWith('.html')) continue;
      const report = await validator.validateString(file.body.toString());
      const problems = report.results.flatMap(({ messages }) =>
        messages.map((one) => `${path}:${one.line}:${one.column} ${one.ruleId}: ${one.message}`),
      );
      expect(problems).toEqual([]);
    }
  });

  it('has feeds that a feed reader reads, each entry with an id that stays', async () => {
    const [site, later] = [
      build(facts),
      build({ ...facts, generatedAt: '2026-03-15T11:00:00.000Z', publicUrl: 'https://elsewhere.example' }),
    ];
    const updates = facts.incidents.flatMap((incident) => incident.updates);
    const newest = updates
      .map(({ at }) => at)
      .toSorted()
      .at(-1);
    for (const path of ['history.rss', 'history.atom']) {
      const feed = await new Parser().parseString(text(site, path));
      expect(feed.items).toHaveLength(updates.length);
      expect(feed.title).toBe(facts.title);
      if (newest !== undefined) expect(feed.items[0]?.isoDate?.slice(0, 19)).toBe(newest.slice(0, 19));
      const ids = feed.items.map((item) => item.guid ?? (item as { readonly id?: string }).id);
      const laterIds = (await new Parser().parseString(text(later, path))).items.map(
        (item) => item.guid ?? (item as { readonly id?: string }).id,
      );
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids).toEqual(laterIds);
      for (const id of ids)
        expect(id).toMatch(/^urn:uuid:[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/u);
    }
    if (name === 'hostile') {
      const feed = await new Parser().parseString(text(site, 'history.atom'));
      expect(feed.items[0]?.content).toContain(hostileText);
    }
  });

  it('has a calendar that a calendar reads', () => {
    const calendar = text(build(facts), 'calendar.ics');
    for (const line of calendar.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    const events = new ICAL.Component(ICAL.parse(calendar) as unknown[])
      .getAllSubcomponents('vevent')
      .map((one) => new ICAL.Event(one));
    expect(events.map((event) => event.startDate.toJSDate().toISOString())).toEqual(
      facts.maintenance.map(({ from }) => from),
    );
    expect(events.map((event) => event.summary)).toEqual(facts.maintenance.map(({ title }) => `Maintenance: ${title}`));
    expect(events.every((event) => event.uid.endsWith('@novacron.status'))).toBe(true);
  });

  it("has JSON in Statuspage's shape", () => {
    const site = build(facts);
    const ajv = new Ajv({ strict: false, allErrors: true });
    for (const [path, schema] of Object.entries(statuspageSchemas)) {
      const validate = ajv.compile(schema);
      validate(JSON.parse(text(site, path)));
      expect([path, validate.errors]).toEqual([path, null]);
    }
  });

  it('has badges that are XML and say their state', async () => {
    for (const [path, file] of build(facts)) {
      if (path.endsWith('.svg'))
        await expect(new Parser({ xml2js: {} }).parseString(file.body.toString())).rejects.toThrow(/not recognized/u);
    }
  });
});

const time = { type: 'string', pattern: String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$` };
const timeOrNull = { anyOf: [time, { type: 'null' }] };
const object = (properties: Record<string, unknown>): object => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});
const list = (items: object): object => ({ type: 'array', items });
const word = { type: 'string', minLength: 1 };
const page = object({ id: word, name: word, url: { type: 'string' }, time_zone: word, updated_at: time });
const status = object({
  indicator: { enum: ['none', 'minor', 'major', 'critical', 'maintenance', 'unknown'] },
  description: word,
});
const component = object({
  id: word,
  name: word,
  status: {
    enum: ['operational', 'degraded_performance', 'partial_outage', 'major_outage', 'under_maintenance', 'unknown'],
  },
  description: { type: ['string', 'null'] },
  position: { type: 'integer' },
  group: { type: 'boolean' },
  group_id: { type: ['string', 'null'] },
  updated_at: time,
  showcase: { type: 'boolean' },
  only_show_if_degraded: { type: 'boolean' },
});
const update = object({
  id: word,
  incident_id: word,
  status: word,
  body: word,
  created_at: time,
  updated_at: time,
  display_at: time,
});
const shared = {
  id: word,
  name: word,
  created_at: time,
  updated_at: time,
  monitoring_at: timeOrNull,
  resolved_at: timeOrNull,
  shortlink: { type: 'string' },
  incident_updates: list(update),
};
const incident = object({
  ...shared,
  status: { enum: ['investigating', 'identified', 'monitoring', 'resolved'] },
  impact: { enum: ['none', 'minor', 'major', 'critical'] },
});
const maintenance = object({
  ...shared,
  status: { enum: ['scheduled', 'in_progress', 'verifying', 'completed'] },
  impact: { const: 'maintenance' },
  scheduled_for: time,
  scheduled_until: time,
});
const statuspageSchemas: Readonly<Record<string, object>> = {
  'api/v2/status.json': object({ page, status }),
  'api/v2/summary.json': object({
    page,
    status,
    components: list(component),
    incidents: list(incident),
    scheduled_maintenances: list(maintenance),
  }),
  'api/v2/components.json': object({ page, components: list(component) }),
  'api/v2/incidents.json': object({ page, incidents: list(incident) }),
  'api/v2/incidents/unresolved.json': object({ page, incidents: list(incident) }),
  'api/v2/scheduled-maintenances.json': object({ page, scheduled_maintenances: list(maintenance) }),
  'api/v2/scheduled-maintenances/upcoming.json': object({ page, scheduled_maintenances: list(maintenance) }),
  'api/v2/scheduled-maintenances/active.json': object({ page, scheduled_maintenances: list(maintenance) }),
};
