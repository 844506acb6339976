import type {
  ComponentDay,
  ComponentState,
  PublicGroup,
  PublicIncident,
  PublicMaintenance,
  PublicUpdate,
  StatusFacts,
} from '../facts/status-facts.js';
import { lastDates } from '../facts/day-log.js';

/** The moment at which every sample is made. */
export const sampleNow = '2026-03-15T10:22:00.000Z';

const groups: readonly PublicGroup[] = [
  {
    title: 'Europe',
    region: 'eu-west-1',
    components: [
      {
        id: 'payments',
        title: 'Payments',
        description: 'Cards, direct debit and refunds',
        services: ['payment_processing'],
      },
      { id: 'sign-in', title: 'Sign-in', services: ['user_authentication'] },
      { id: 'scheduling', title: 'Scheduling', services: ['core_scheduling', 'worker_pool'] },
    ],
  },
  {
    title: 'North America',
    region: 'us-east-1',
    components: [
      { id: 'api', title: 'API', description: 'Requests from your own programs', services: ['api_gateway'] },
      { id: 'reports', title: 'Reports', services: ['reporting'] },
    ],
  },
];

const ids = groups.flatMap((group) => group.components.map(({ id }) => id));

function update(
  number: number,
  at: string,
  status: PublicUpdate['status'],
  text: string,
  subject?: string,
): PublicUpdate {
  return { id: String(number), at, status, text, ...(subject === undefined ? {} : { subject }) };
}

const begun: PublicIncident = {
  id: 'SiteLost_primary_1',
  startedAt: '2026-03-15T10:10:00.000Z',
  status: 'identified',
  impact: 'outage',
  components: ids,
  nextUpdateBy: '2026-03-15T10:40:00.000Z',
  updates: [
    update(
      1,
      '2026-03-15T10:10:04.000Z',
      'investigating',
      'We are aware of a problem that affects payment processing, user authentication and reporting.\n\nImpact: These services do not answer, or only in part.\nSince: 2026-03-15 10:10:00 UTC\n\nOur teams are working on it. The next update comes within 30 minutes.',
      'Service disruption: payment processing, user authentication and reporting',
    ),
    update(2, '2026-03-15T10:10:06.000Z', 'identified', 'We are moving the service to the secondary site.'),
  ],
};

const moved: PublicIncident = {
  ...begun,
  status: 'monitoring',
  restoredAt: '2026-03-15T10:14:44.000Z',
  updates: [
    ...begun.updates,
    update(
      3,
      '2026-03-15T10:14:44.000Z',
      'monitoring',
      'Update 1: service restored (50 % done)\n\nDone: the service was moved to the secondary site and checked from outside\nUnder way: preparing the return to the primary site\nNext update: 2026-03-15 10:40 UTC',
      'Update 1: service restored',
    ),
  ],
};

const resolved: PublicIncident = {
  ...moved,
  id: 'SiteLost_primary_0',
  startedAt: '2026-03-09T21:02:00.000Z',
  status: 'resolved',
  restoredAt: '2026-03-09T21:06:30.000Z',
  resolvedAt: '2026-03-09T22:41:00.000Z',
  components: ['payments', 'sign-in'],
  updates: moved.updates
    .map((one) => ({ ...one, at: one.at.replace('2026-03-15T10', '2026-03-09T21') }))
    .concat(
      update(
        4,
        '2026-03-09T22:41:00.000Z',
        'resolved',
        'Service has been restored.\n\nTotal downtime: 4 minutes 30 seconds\n\nA post-mortem follows within 48 hours.',
        'Resolved: payment processing and user authentication',
      ),
    ),
};

const slow: PublicIncident = {
  id: 'by-hand-7',
  title: 'Reports take longer than usual',
  startedAt: '2026-03-15T09:40:00.000Z',
  status: 'investigating',
  impact: 'degraded',
  components: ['reports'],
  updates: [
    update(1, '2026-03-15T09:45:00.000Z', 'investigating', 'Reports take up to ten minutes. No data is affected.'),
  ],
};

const planned: PublicMaintenance = {
  id: 'network-2026-03',
  title: 'Network work in Europe',
  text: 'Connections may be interrupted for up to two minutes.\nNothing has to be done on your side.',
  components: ['payments', 'sign-in'],
  from: '2026-03-21T22:00:00.000Z',
  until: '2026-03-22T01:00:00.000Z',
  cancelled: false,
  revision: 0,
  announcedAt: '2026-03-10T09:00:00.000Z',
  changedAt: '2026-03-10T09:00:00.000Z',
};

/** Ninety days: watched since the sixtieth, one outage, one slow day, one night of work. */
function days(id: string): readonly ComponentDay[] {
  return lastDates(new Date(sampleNow), 90).map((date, index): ComponentDay => {
    if (index < 31) return { date, secondsIn: {} };
    if (index === 83 && id !== 'reports') return { date, secondsIn: { operational: 86_130, outage: 270 } };
    if (index === 70 && id === 'reports') return { date, secondsIn: { operational: 80_000, degraded: 6_400 } };
    if (index === 55) return { date, secondsIn: { operational: 82_800, maintenance: 3_600 } };
    if (index === 40 && id === 'api') return { date, secondsIn: { operational: 85_200, 'partial-outage': 1_200 } };
    if (index === 89) return { date, secondsIn: { operational: 37_200, ...(id === 'reports' ? {} : { outage: 120 }) } };
    return { date, secondsIn: { operational: 86_400 } };
  });
}

const calm: StatusFacts = {
  estate: 'novacron',
  title: 'NovaCron status',
  publicUrl: 'https://status.novacron.example',
  supportUrl: 'mailto:support@novacron.example',
  subscribeUrl: 'https://notify.novacron.example/subscribe',
  unlisted: false,
  groups,
  states: statesOf(() => 'operational'),
  incidents: [resolved],
  maintenance: [planned],
  days: new Map(ids.map((id) => [id, days(id)])),
  elsewhere: false,
  generatedAt: sampleNow,
  nextUpdateBy: '2026-03-15T10:23:00.000Z',
};

function statesOf(state: (id: string) => ComponentState): ReadonlyMap<string, ComponentState> {
  return new Map(ids.map((id) => [id, state(id)]));
}

/** What a page must bear from outside. */
export const hostileText = `"><img src=x onerror=alert(1)><script>alert(2)</script>' &amp; ]]> \u{1F525} ${'long'.repeat(40)}`;

/** The page in every state it can be in. */
export const sampleStatus = {
  calm,
  outage: { ...calm, states: statesOf(() => 'outage'), incidents: [begun, resolved] },
  'partial-outage': {
    ...calm,
    states: statesOf((id) => (id === 'payments' ? 'outage' : id === 'scheduling' ? 'partial-outage' : 'operational')),
    incidents: [{ ...begun, components: ['payments', 'scheduling'] }, resolved],
  },
  elsewhere: { ...calm, elsewhere: true, incidents: [moved, resolved] },
  degraded: {
    ...calm,
    states: statesOf((id) => (id === 'reports' ? 'degraded' : 'operational')),
    incidents: [slow, resolved],
  },
  maintenance: {
    ...calm,
    states: statesOf((id) => (planned.components.includes(id) ? 'maintenance' : 'operational')),
    maintenance: [{ ...planned, from: '2026-03-15T10:00:00.000Z', until: '2026-03-15T11:30:00.000Z' }],
  },
  unknown: { ...calm, states: statesOf(() => 'unknown'), blindSince: '2026-03-15T10:17:00.000Z' },
  'unknown-some': { ...calm, states: statesOf((id) => (id === 'reports' ? 'unknown' : 'operational')) },
  empty: {
    ...calm,
    incidents: [],
    maintenance: [],
    days: new Map(ids.map((id) => [id, lastDates(new Date(sampleNow), 90).map((date) => ({ date, secondsIn: {} }))])),
  },
  hostile: {
    ...calm,
    title: hostileText,
    groups: [
      {
        title: hostileText,
        region: hostileText,
        components: [{ id: 'payments', title: hostileText, description: hostileText, services: [] }],
      },
    ],
    states: new Map([['payments', 'outage']]),
    incidents: [
      {
        ...begun,
        title: hostileText,
        components: ['payments'],
        updates: [update(1, sampleNow, 'investigating', hostileText, hostileText)],
      },
    ],
    maintenance: [{ ...planned, title: hostileText, text: hostileText }],
  },
} satisfies Readonly<Record<string, StatusFacts>> as Readonly<Record<string, StatusFacts>>;

/** A year of history: `incidents` of them over `components`, the newest still open. */
export function yearOfHistory(incidentCount: number, componentCount: number): StatusFacts {
  const now = Date.parse(sampleNow);
  const many: readonly PublicGroup[] = Array.from({ length: 10 }, (_, g) => ({
    title: `Region ${g + 1}`,
    region: `region-${g + 1}`,
    components: Array.from({ length: componentCount / 10 }, (__, c) => ({
      id: `component-${g}-${c}`,
      title: `Service ${g + 1}.${c + 1}`,
      services: [`service_${g}_${c}`],
    })),
  }));
  const all = many.flatMap((group) => group.components.map(({ id }) => id));
  const incidents = Array.from({ length: incidentCount }, (_, index): PublicIncident => {
    const startMs = now - 720_000 - index * ((365 * 86_400_000) / incidentCount);
    const at = (ms: number): string => new Date(startMs + ms).toISOString();
    const texts = resolved.updates.map((one, number) => ({ ...one, at: at(number * 600_000) }));
    const components = [all[index % all.length] ?? '', all[(index * 7) % all.length] ?? ''];
    const base = {
      id: `incident-${incidentCount - index}`,
      startedAt: at(-60_000),
      impact: 'outage' as const,
      components,
    };
    return index === 0
      ? { ...base, status: 'identified', updates: texts.slice(0, 2), nextUpdateBy: at(1_800_000) }
      : { ...base, status: 'resolved', updates: texts, restoredAt: at(600_000), resolvedAt: at(1_800_000) };
  });
  return {
    ...calm,
    groups: many,
    states: new Map(all.map((id, index) => [id, index < 2 ? 'outage' : 'operational'])),
    incidents,
    days: new Map(all.map((id) => [id, days(id)])),
  };
}
