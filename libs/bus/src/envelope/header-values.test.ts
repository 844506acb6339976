import { decodeHeaderValue, encodeHeaderValue } from './header-values.js';

describe('header values', () => {
  it.each([
    ['plain-Text/1.0:~', 'plain-Text/1.0:~'],
    ['', ''],
    ['two words', 'two%20words'],
    ['a "quote"', 'a%20%22quote%22'],
    ['100%', '100%25'],
    ['Zürich', 'Z%C3%BCrich'],
    ['a\r\nNats-Msg-Id: x', 'a%0D%0ANats-Msg-Id:%20x'],
    ['🔥', '%F0%9F%94%A5'],
  ])('%j is written as %s and read back', (text, encoded) => {
    expect(encodeHeaderValue(text)).toBe(encoded);
    expect(decodeHeaderValue('ce-subject', encoded)).toBe(text);
  });

  it('refuses what no encoder wrote', () => {
    expect(() => decodeHeaderValue('ce-subject', '%FF%FE')).toThrow('header ce-subject is not percent-encoded UTF-8');
  });
});
