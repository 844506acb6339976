import { canonicalJson } from './canonical-json.js';

describe('canonicalJson', () => {
  it.each([
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    [{ a: undefined, é: 'ü"' }, '{"é":"ü\\""}'],
    [{ Z: 1, a: 2, A: 3 }, '{"A":3,"Z":1,"a":2}'],
    [[], '[]'],
  ])('writes %j as %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it.each([Number.NaN, 0.5, 2 ** 53, undefined, 1n, (): void => undefined])('refuses %s', (value) => {
    expect(() => canonicalJson({ value: [value] })).toThrow(TypeError);
  });
});
