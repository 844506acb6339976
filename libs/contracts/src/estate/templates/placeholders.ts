/** What a placeholder's value is, so that a value given by hand can be checked and is written like any other. */
export const placeholderKinds = {
  SERVICES: 'list',
  IMPACT_DESCRIPTION: 'text',
  START_TIME: 'time',
  UPDATE_INTERVAL: 'duration',
  STATUS_PAGE: 'text',
  UPDATE_NUMBER: 'count',
  CURRENT_STATUS: 'text',
  PROGRESS_PERCENTAGE: 'count',
  COMPLETED_TASKS: 'list',
  CURRENT_TASKS: 'list',
  ETA: 'text',
  NEXT_UPDATE_TIME: 'time',
  RESOLUTION_TIME: 'time',
  TOTAL_DOWNTIME: 'duration',
  INCIDENT: 'text',
  SITE: 'text',
  AUDIENCE: 'text',
  HOTLINE: 'text',
  RTO_LEFT: 'duration',
  RPO_REACHED: 'duration',
  DATA_LOSS: 'text',
  STEP_NUMBER: 'count',
  STEP_COUNT: 'count',
} as const;

export type Placeholder = keyof typeof placeholderKinds;
export type PlaceholderKind = (typeof placeholderKinds)[Placeholder];

/** Written out, ready to be put into a text. */
export type PlaceholderTexts = Readonly<Partial<Record<Placeholder, string>>>;

export type TemplateName = 'initial' | 'progress' | 'resolution';

/** Placeholders that every message has a value for. */
const always = [
  'SERVICES',
  'START_TIME',
  'STATUS_PAGE',
  'INCIDENT',
  'SITE',
  'AUDIENCE',
  'HOTLINE',
  'RTO_LEFT',
  'RPO_REACHED',
  'DATA_LOSS',
  'STEP_NUMBER',
  'STEP_COUNT',
  'PROGRESS_PERCENTAGE',
  'NEXT_UPDATE_TIME',
] as const;

/** What the three messages of an incident must say (`required`) and may say besides. */
export const templateContracts: Readonly<
  Record<TemplateName, { readonly required: readonly Placeholder[]; readonly allowed: readonly Placeholder[] }>
> = {
  initial: contract(['SERVICES', 'IMPACT_DESCRIPTION', 'START_TIME', 'UPDATE_INTERVAL', 'STATUS_PAGE']),
  progress: contract([
    'UPDATE_NUMBER',
    'CURRENT_STATUS',
    'PROGRESS_PERCENTAGE',
    'COMPLETED_TASKS',
    'CURRENT_TASKS',
    'ETA',
    'NEXT_UPDATE_TIME',
  ]),
  resolution: contract(['RESOLUTION_TIME', 'TOTAL_DOWNTIME']),
};

function contract(required: readonly Placeholder[]): {
  required: readonly Placeholder[];
  allowed: readonly Placeholder[];
} {
  return { required, allowed: [...new Set([...required, ...always])] };
}

export function isPlaceholder(name: string): name is Placeholder {
  return Object.hasOwn(placeholderKinds, name);
}
