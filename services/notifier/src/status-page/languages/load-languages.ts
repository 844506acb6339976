import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError, type ProblemDetail } from '@novacron/contracts';
import { parse } from 'yaml';
import { Language, type Phrase } from './language.js';
import { type PhraseKey, placeholdersOf, phraseKeys } from './phrases.js';

/** The languages that come with the notifier. */
export const builtInFolder = join(import.meta.dirname, '../../../languages');

/**
 * Loads the languages of the page, the estate's own folder before the built-in one.
 * @throws DrError INVALID_ESTATE with every phrase that is missing, unknown, or whose placeholders are wrong.
 */
export async function loadLanguages(
  tags: readonly string[],
  ownFolder: string | undefined,
): Promise<readonly Language[]> {
  const problems: ProblemDetail[] = [];
  const languages: Language[] = [];
  for (const tag of tags) {
    const file = await languageFile(tag, ownFolder);
    if (file === undefined)
      problems.push({ path: `${tag}.yaml`, problem: 'is not among the built-in languages, nor in languageFolder' });
    else {
      const language = readLanguage(tag, file.text, (problem) => problems.push({ path: file.path, problem }));
      if (language !== undefined) languages.push(language);
    }
  }
  if (problems.length === 0) return languages;
  throw new DrError('INVALID_ESTATE', 'the languages of the status page cannot be used', {
    hint: `take ${join(builtInFolder, 'en.yaml')} as a pattern`,
    details: problems,
  });
}

async function languageFile(tag: string, own: string | undefined): Promise<{ path: string; text: string } | undefined> {
  for (const folder of own === undefined ? [builtInFolder] : [own, builtInFolder]) {
    const path = join(folder, `${tag}.yaml`);
    try {
      return { path, text: await readFile(path, 'utf8') };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return undefined;
}

/** A language of its file's text; undefined, and each problem reported, when it cannot be used. */
export function readLanguage(tag: string, text: string, report: (problem: string) => void): Language | undefined {
  let wrong = 0;
  const say = (problem: string): void => {
    wrong += 1;
    report(problem);
  };
  const plain = parsed(text, say);
  const { language, direction = 'ltr', formats = tag, phrases } = plain;
  if (typeof language !== 'string' || language === '') say('language: must be the name of the language');
  if (direction !== 'ltr' && direction !== 'rtl') say('direction: must be ltr or rtl');
  if (typeof formats !== 'string' || !isLocale(formats)) say('formats: must be a language tag such as en-GB');
  const given: Record<string, unknown> = isRecord(phrases) ? phrases : {};
  for (const key of Object.keys(given)) if (!phraseKeys.has(key)) say(`phrases.${key}: is not a known phrase`);
  for (const [key, allowed] of phraseKeys) {
    for (const problem of phraseProblems(given[key], allowed)) say(`phrases.${key}: ${problem}`);
  }
  if (wrong > 0) return undefined;
  return new Language(
    tag,
    String(language),
    direction === 'rtl' ? 'rtl' : 'ltr',
    given as Record<PhraseKey, Phrase>,
    String(formats),
  );
}

function isLocale(tag: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
}

function parsed(text: string, report: (problem: string) => void): Record<string, unknown> {
  try {
    const plain: unknown = parse(text);
    if (isRecord(plain)) return plain;
    report('must be a map');
  } catch (error) {
    report(error instanceof Error ? error.message : String(error));
  }
  return {};
}

function phraseProblems(phrase: unknown, allowed: readonly string[]): string[] {
  if (phrase === undefined) return ['is missing'];
  const texts = isRecord(phrase) ? Object.values(phrase) : [phrase];
  if (isRecord(phrase) && !('other' in phrase)) return ['must have the form other'];
  return texts.flatMap((text) => {
    if (typeof text !== 'string' || text === '') return ['must be a text'];
    const unknown = placeholdersOf(text).filter((name) => !allowed.includes(name));
    return unknown.map(
      (name) => `has the placeholder {${name}}, which has no value here (there are: ${allowed.join(', ') || 'none'})`,
    );
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
