import { dutyWords } from './duty-words.js';
import { titles } from './titles.js';

/** What a placeholder can hold of ours, in English, which is its key; braces are filled, and are the same in each language. */
const values = [
  'none',
  'no service',
  'nothing yet',
  'not known yet',
  'not affected',
  'none any more',
  'less than a second',
  'These services do not answer, or only in part, since the {site} site was lost.',
  'None for users. Until the {site} site is back there is one standby less.',
  'Parts do not work, or only slowly, at: {sites}.',
  'Parts do not work, or only slowly, at: {sites} and {count} more.',
  'none: exceeded by {time}',
  'kept, with {time} to spare',
  'none: the data was never at risk',
  'none: every acknowledged change is there',
  'none is known of',
  '{rows} changes of the last {time} before the failure were lost ({bytes} bytes)',
  'changes of the last {time} before the failure were lost ({bytes} bytes)',
  'the last {bytes} bytes of changes before the failure were lost',
  '{rows} changes before the failure were lost',
  'announced once the return is planned',
  'at the latest {time}',
  'unknown',
  'investigating',
  'resolved',
  'acknowledged',
  'not acknowledged',
  'acknowledgement expired',
  'message by hand',
  'service restored on {site}',
  'service still affected, engineers at work',
  'service available, return delayed',
  'service available on {site}, return delayed',
  'confirming the failure and deciding how to act',
  'bringing the {site} site back',
  'nothing: the incident is over',
  'all parts work again; watching whether it lasts',
  'moving the service to the {site} site',
  'moving the service to another site',
  'preparing the return to the {site} site',
  'engineers are finishing the repair by hand',
  'returning the service to the {site} site',
  'watching the service after its return',
  'the service was moved to the {site} site and checked from outside',
  'This is an exercise. Nothing has happened.',
  'Escalation {level}: nobody of {audience} has acknowledged.',
  'The acknowledgement of {person} has expired: please acknowledge again.',
] as const;

type Value = (typeof values)[number];
export type Translations = Readonly<Record<Value, string>>;
export type Phrase = Value | keyof typeof titles | keyof typeof dutyWords;

const rows = { ...titles, ...dutyWords };

/** Every phrase of ours. */
export const phrases: readonly Phrase[] = [...values, ...(Object.keys(rows) as (keyof typeof rows)[])];

/** All of one language: its own values, and its column of what is written side by side. */
export function wholeLanguage(own: Translations, column: 0 | 1 | 2): Readonly<Record<Phrase, string>> {
  const others = Object.entries(rows).map(([english, row]) => [english, row[column]]);
  return { ...own, ...(Object.fromEntries(others) as Record<keyof typeof rows, string>) };
}
