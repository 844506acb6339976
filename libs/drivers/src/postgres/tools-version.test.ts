import { majorOf, requireServerFor, requireToolsFor } from './tools-version.js';

describe('the version of PostgreSQL programs', () => {
  it.each([
    ['pg_basebackup (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n', 15],
    ['postgres (PostgreSQL) 17beta1', 17],
    ['16.4', 16],
    ['nothing of the kind', undefined],
  ])('of %j is %s', (text, major) => {
    expect(majorOf(text)).toBe(major);
  });

  it('may be newer than the server that is read, not older', () => {
    expect(() => requireToolsFor('orders', 15, 17)).not.toThrow();
    expect(() => requireToolsFor('orders', 15, 15)).not.toThrow();
    expect(() => requireToolsFor('orders', 17, 15)).toThrow(
      expect.objectContaining({ code: 'PROGRAM_MISSING', hint: expect.stringContaining('postgresql-17') as string }),
    );
  });

  it('must be that of a data directory', () => {
    expect(() => requireServerFor('backup-1', 15, 15)).not.toThrow();
    for (const major of [14, 17])
      expect(() => requireServerFor('backup-1', 15, major)).toThrow(
        expect.objectContaining({ code: 'PROGRAM_MISSING', hint: expect.stringContaining('postgresql-15') as string }),
      );
  });
});
