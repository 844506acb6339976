import { conninfo, primaryConninfo } from './conninfo.js';
import { alwaysWaitedFor, parseSynchronousStandbyNames, synchronousStandbyNames } from './settings.js';

describe('synchronous_standby_names', () => {
  it('is written with every name quoted', () => {
    expect(synchronousStandbyNames([])).toBe('');
    expect(synchronousStandbyNames(['secondary'])).toBe('FIRST 1 ("secondary")');
    expect(synchronousStandbyNames(['a', 'b"c'], { method: 'ANY', count: 1 })).toBe('ANY 1 ("a", "b""c")');
  });

  it.each([
    ['', [], 0],
    ['secondary', ['secondary'], 1],
    ['a, b', ['a', 'b'], 1],
    ['2 (a, b, c)', ['a', 'b', 'c'], 2],
    ['FIRST 1 ("Site A")', ['Site A'], 1],
    ['any 2 ( A , "b""c" )', ['a', 'b"c'], 2],
  ])('%p is read', (setting, names, count) => {
    expect(parseSynchronousStandbyNames(setting)).toEqual({ names, count });
  });

  it.each([
    ['', []],
    ['a', ['a']],
    ['FIRST 2 (a, b)', ['a', 'b']],
    ['ANY 2 (a, b)', ['a', 'b']],
    ['a, b', []],
    ['FIRST 1 (a, b)', []],
    ['ANY 1 (a, b)', []],
    ['ANY 2 (a, b, c)', []],
  ])('%p makes every commit wait for %p', (setting, names) => {
    expect(alwaysWaitedFor(setting)).toEqual(names);
  });

  it('is read back as it was written', () => {
    const names = ['a', 'B c', 'd"e'];
    expect(parseSynchronousStandbyNames(synchronousStandbyNames(names, { method: 'ANY', count: 2 }))).toEqual({
      names,
      count: 2,
    });
  });
});

describe('conninfo', () => {
  it('quotes what has spaces, quotes and backslashes', () => {
    expect(conninfo({ host: 'a b', user: "o'x\\y", port: 1, passfile: undefined })).toBe(
      "host='a b' user='o\\'x\\\\y' port='1'",
    );
  });

  it('names the password file, never a password', () => {
    const text = primaryConninfo({ host: 'h', port: 1, user: 'u', passfile: '/p', applicationName: 'secondary' });
    expect(text).toContain("passfile='/p' application_name='secondary'");
    expect(text).not.toContain('password');
  });
});
