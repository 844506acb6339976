import { compareLsn, formatLsn, greatestLsn, lsnDiffBytes, parseLsn, walFileName } from './lsn.js';

describe('LSN', () => {
  it.each([
    ['0/0', 0n],
    ['0/3000060', 0x3000060n],
    ['1/0', 0x1_0000_0000n],
    ['FFFFFFFF/FFFFFFFF', 0xffff_ffff_ffff_ffffn],
  ])('%s is byte %s', (lsn, bytes) => {
    expect(parseLsn(lsn)).toBe(bytes);
    expect(formatLsn(bytes)).toBe(lsn);
  });

  it.each(['', '0', '0/', '/0', '0/G', '0/123456789', ' 0/0', '0/0 '])('refuses %p', (text) => {
    expect(() => parseLsn(text)).toThrow('is not a WAL position');
  });

  it('orders by position, not by text', () => {
    expect(['A/0', '9/FFFFFFFF', '10/0', '9/F'].sort(compareLsn)).toEqual(['9/F', '9/FFFFFFFF', 'A/0', '10/0']);
    expect(compareLsn('0/A', '0/a')).toBe(0);
  });

  it('measures across log files', () => {
    expect(lsnDiffBytes('1/10', '0/FFFFFFF0')).toBe(32n);
    expect(lsnDiffBytes('0/0', '0/1')).toBe(-1n);
  });

  it('takes the later of what was received and what was replayed', () => {
    expect(greatestLsn('0/9', '0/A')).toBe('0/A');
    expect(greatestLsn(null, '0/A')).toBe('0/A');
    expect(greatestLsn('0/A', null)).toBe('0/A');
    expect(greatestLsn(null, null)).toBeNull();
  });

  it.each([
    [1, '0/3000060', '000000010000000000000003'],
    [2, '0/FF000000', '0000000200000000000000FF'],
    [17, '1/0', '000000110000000100000000'],
  ])('timeline %i at %s lies in %s', (timeline, lsn, name) => {
    expect(walFileName(timeline, lsn)).toBe(name);
  });

  it('follows the segment size', () => {
    expect(walFileName(1, '1/40000000', 1024 * 1024 * 1024)).toBe('000000010000000100000001');
  });
});
