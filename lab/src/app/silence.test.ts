import { silenceAround } from './silence.js';

const rows = (...times: number[]): { n: number; at: number }[] => times.map((at, index) => ({ n: index + 1, at }));

it('finds the silence that began with the fault', () => {
  const found = silenceAround(rows(0, 20, 40, 60, 3_060, 3_080), 50, 3_100);
  expect(found).toEqual({ lastBefore: { n: 4, at: 60 }, firstAfter: { n: 5, at: 3_060 } });
});

it('does not take an answer that was still on its way for the end of the silence', () => {
  expect(silenceAround(rows(0, 20, 40, 55, 70), 50, 2_000)).toBeUndefined();
});

it('is not misled by a longer silence before or after', () => {
  const found = silenceAround(rows(0, 9_000, 9_020, 12_020, 30_000), 9_010, 30_010);
  expect(found?.firstAfter.at).toBe(12_020);
});

it('orders what two writers heard out of turn', () => {
  const found = silenceAround(rows(0, 40, 20, 2_050, 2_030), 30, 2_060);
  expect(found).toMatchObject({ lastBefore: { at: 40 }, firstAfter: { at: 2_030 } });
});

it('knows nothing before anything was acknowledged', () => {
  expect(silenceAround([], 50, 100)).toBeUndefined();
});
