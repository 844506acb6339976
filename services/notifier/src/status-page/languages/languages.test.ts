import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { builtInFolder, loadLanguages, readLanguage } from './load-languages.js';

describe('languages', () => {
  it('that come with the notifier are whole', async () => {
    const tags = (await readdir(builtInFolder)).map((name) => name.replace('.yaml', ''));
    expect(tags.toSorted()).toEqual(['de', 'en', 'es', 'fr']);
    const languages = await loadLanguages(tags, undefined);
    expect(languages.map(({ name }) => name).toSorted()).toEqual(['Deutsch', 'English', 'Español', 'Français']);
  });

  it('are refused with every phrase that is wrong', async () => {
    const text = await readFile(join(builtInFolder, 'en.yaml'), 'utf8');
    const problems: string[] = [];
    const wrong = text
      .replace('skip: Skip to the content', 'skipp: Skip')
      .replace("'{percent} uptime'", "'{percentage} uptime'")
      .replace('direction: ltr', 'direction: up');
    expect(readLanguage('en', wrong, (problem) => problems.push(problem))).toBeUndefined();
    expect(problems).toEqual([
      'direction: must be ltr or rtl',
      'phrases.skipp: is not a known phrase',
      expect.stringContaining('phrases.bars.uptime: has the placeholder {percentage}') as string,
      'phrases.skip: is missing',
    ]);
    await expect(loadLanguages(['xx'], undefined)).rejects.toMatchObject({ code: 'INVALID_ESTATE' });
  });

  it('write numbers, times and durations their own way', async () => {
    const [en, de] = await loadLanguages(['en', 'de'], undefined);
    expect(en?.time('2026-03-15T10:22:05.000Z')).toBe('15 Mar 2026, 10:22\u00A0UTC');
    expect(de?.time('2026-03-15T10:22:05.000Z')).toBe('15.03.2026, 10:22\u00A0UTC');
    expect(en?.percent(0.999999)).toBe('99.99%');
    expect(en?.percent(1)).toBe('100%');
    expect([59_000, 60_000, 3_660_000, 90_000_000].map((ms) => en?.duration(ms))).toEqual([
      'less than a minute',
      '1 minute',
      '1 hour 1 minute',
      '1 day 1 hour',
    ]);
    expect(en?.names(['a', 'b', 'c'])).toBe('a, b and c');
  });
});
