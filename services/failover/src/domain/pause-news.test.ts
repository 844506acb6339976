import { pauseNews } from './pause-news.js';

const since = '2026-03-15T10:00:00Z';
const pause = { owner: 'Jane', reason: 'network work', since, until: '2026-03-15T20:00:00Z' };
const after = (hours: number): number => Date.parse(since) + hours * 3_600_000;

describe('pauseNews', () => {
  it.each([
    ['nothing at first', 4.9, {}, undefined],
    ['a reminder at half its time', 5, {}, { kind: 'reminder', reminded: 1 }],
    ['nothing that was said', 8.9, { reminded: 1 }, undefined],
    ['another before its end', 9, { reminded: 1 }, { kind: 'reminder', reminded: 2 }],
    ['one reminder for two that nobody could give', 9.5, {}, { kind: 'reminder', reminded: 2 }],
    ['nothing after the last', 9.9, { reminded: 2 }, undefined],
    ['that it is over', 10, { reminded: 2 }, { kind: 'over' }],
    ['that it is over, whatever was missed', 48, {}, { kind: 'over' }],
  ])('says %s', (_what, hours, more, news) => {
    expect(pauseNews({ ...pause, ...more }, after(hours))).toEqual(news);
  });
});
