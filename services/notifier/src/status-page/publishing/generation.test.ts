import { compareGenerations, generationText, parseGeneration } from './generation.js';

describe('generations', () => {
  it.each([
    ['7.12', '7.2'],
    ['8.0', '7.999'],
    ['10.1', '9.1'],
  ])('%s is newer than %s', (newer, older) => {
    const [a, b] = [parseGeneration(newer), parseGeneration(older)];
    if (a === undefined || b === undefined) throw new Error('no generation');
    expect(compareGenerations(a, b)).toBeGreaterThan(0);
    expect(compareGenerations(b, a)).toBeLessThan(0);
    expect(generationText(a)).toBe(newer);
  });

  it.each(['', '7', '7.', '-1.2', '7.1.2', 'a.b', 7, undefined])('%j is none', (text) =>
    expect(parseGeneration(text)).toBeUndefined(),
  );
});
