import { placeLabels } from './moments.js';
import { grouped, shortBytes, shortDuration } from './quantities.js';
import { sampleTimeline } from './sample.fixture.js';
import { outagePicture } from './outage-picture.js';
import { tickStep, xOf } from './time-axis.js';
import { gapAround } from './writes-picture.js';

const axis = { fromMs: 0, toMs: 10_000, left: 100, width: 500 };

describe('the time axis', () => {
  it('lays time over pixels and keeps what is outside at the edge', () => {
    expect(xOf(axis, 5_000)).toBe(350);
    expect(xOf(axis, -1)).toBe(100);
    expect(xOf(axis, 99_999)).toBe(600);
  });

  it.each([
    [4_000, 500],
    [9_000, 1_000],
    [95_000, 20_000],
    [3_600_000, 600_000],
  ])('has at most nine ticks in %d ms', (spanMs, step) => expect(tickStep(spanMs)).toBe(step));
});

describe('labels', () => {
  const moment = (ms: number, label: string) => ({ at: new Date(ms).toISOString(), label, kind: 'completed' });

  it('go one lane lower rather than over each other', () => {
    const placed = placeLabels(
      [moment(1_000, 'primary killed'), moment(1_200, 'found lost'), moment(6_000, 'moved')],
      axis,
    );
    expect(placed.map((label) => label.lane)).toEqual([0, 1, 0]);
  });

  it('stay inside the drawing', () => {
    expect(placeLabels([moment(9_900, 'home again')], axis)[0]?.anchor).toBe('end');
  });
});

describe('the gap in the writes', () => {
  const writes = [0, 500, 1_000, 4_000, 4_500].map((ms) => ({ at: new Date(ms).toISOString(), acknowledged: 5 }));

  it('is from the last to the first again', () =>
    expect(gapAround(writes, 1_100)).toEqual({ fromMs: 1_500, toMs: 4_000 }));
  it('is none where writes went on', () => expect(gapAround(writes, 600)).toBeUndefined());
  it('is none where they never came back', () => expect(gapAround(writes, 9_000)).toBeUndefined());
});

describe('the outage picture', () => {
  it('shows every step between kill and first write', () => {
    const picture = outagePicture(sampleTimeline);
    for (const step of ['fence old', 'promote', 'switch dns']) expect(picture).toContain(`>${step}</text>`);
    expect(picture).toContain('primary killed');
    expect(picture).not.toContain('home again');
  });

  it('is empty when nothing was killed', () => expect(outagePicture({ ...sampleTimeline, events: [] })).toBe(''));
});

describe('quantities', () => {
  it.each([
    [0, '0 s'],
    [640, '640 ms'],
    [4_230, '4.2 s'],
    [92_000, '1 min 32 s'],
    [900_000, '15 min'],
    [14_400_000, '4 h'],
    [5_100_000, '1 h 25 min'],
  ])('%d ms is %s', (ms, text) => expect(shortDuration(ms)).toBe(text));
  it.each([
    [512, '512 B'],
    [41_200_000, '41.2 MB'],
  ])('%d bytes are %s', (bytes, text) => expect(shortBytes(bytes)).toBe(text));
  it('groups thousands', () => expect(grouped(1_234_567)).toBe('1\u00A0234\u00A0567'));
});
