import {
  afterLook,
  type ReplicationLook,
  type ReplicationPolicy,
  type ReplicationRecord,
  remembered,
} from './replication-record.js';

const policy: ReplicationPolicy = { wanted: ['secondary'], degradeAfterMs: 5_000 };
const streaming = { site: 'secondary', streaming: true, synchronous: true, flushLsn: '0/100' };
const first: ReplicationLook = {
  ...{ epoch: 1, site: 'primary', atMs: 0, lsn: '0/100', rows: 1, timeline: 1, systemIdentifier: '7' },
  ...{ setting: ['secondary'], links: [streaming], waitingCommits: 0 },
  server: { version: 150_018, maxConnections: 100 },
};

/** What is remembered, and asked for, after looks one second apart. */
function history(looks: readonly Partial<ReplicationLook>[], how: ReplicationPolicy = policy) {
  let record: ReplicationRecord | undefined;
  const changes: string[] = [];
  looks.forEach((look, second) => {
    const after = afterLook(record, { ...first, atMs: second * 1_000, ...look }, how);
    record = after.record;
    if (after.change !== undefined) changes.push(`${second} ${after.change.kind}`);
  });
  return { record: record as ReplicationRecord, changes };
}
const times = (n: number, look: Partial<ReplicationLook>) => Array.from({ length: n }, () => look);
const gone = { links: [] };

describe('a standby that holds up commits', () => {
  it('does not hold them longer because the clock is set back', () => {
    const away = { links: [], waitingCommits: 1 };
    const found = history([
      { atMs: 900_000 },
      { ...away, atMs: 901_000 },
      { ...away, atMs: 1_000 },
      { ...away, atMs: 6_000 },
    ]);
    expect(found.changes).toEqual(['3 degrade']);
  });
});

describe('what is remembered of replication', () => {
  it('calls a standby synchronous once it has confirmed what was written before commits waited for it', () => {
    expect(history([{ links: [{ ...streaming, flushLsn: '0/80' }] }]).record.synchronous).toEqual([]);
    expect(history([{}]).record.synchronous).toEqual(['secondary']);
    expect(history([{ links: [{ ...streaming, synchronous: false }] }]).record.synchronous).toEqual([]);
  });

  it('keeps it so while it is gone and the setting stands: then no commit was acknowledged without it', () => {
    expect(history([{}, gone, gone]).record.synchronous).toEqual(['secondary']);
  });

  it('forgets it when the setting is changed, and proves it again', () => {
    const byHand = history([{}, { setting: [] }]).record;
    expect(byHand).toMatchObject({ synchronous: [], degraded: { byPolicy: false, lost: ['secondary'] } });

    const again = history([
      {},
      { setting: [], lsn: '0/200' },
      { lsn: '0/300', links: [{ ...streaming, flushLsn: '0/280' }] },
    ]).record;
    expect(again.synchronous).toEqual([]);
    expect(
      history([{}, { setting: [], lsn: '0/200' }, { lsn: '0/300', links: [{ ...streaming, flushLsn: '0/300' }] }])
        .record,
    ).toMatchObject({
      synchronous: ['secondary'],
    });
  });

  it('starts anew in another epoch', () => {
    const { record } = history([{}, {}, { epoch: 2, site: 'secondary', setting: [], links: [], lsn: '0/500' }], {
      wanted: [],
      degradeAfterMs: undefined,
    });
    expect(record).toMatchObject({ epoch: 2, synchronous: [] });
    expect(record.samples).toHaveLength(1);
  });
});

describe('a lost synchronous standby', () => {
  it.each<[string, Partial<ReplicationLook>[], number | undefined, string[]]>([
    ['streams', times(20, {}), 5_000, []],
    ['is gone for less than policy allows', times(5, gone), 5_000, []],
    ['is gone for as long', times(6, gone), 5_000, ['5 degrade']],
    ['comes back in time', [...times(4, gone), {}, ...times(4, gone)], 5_000, []],
    ['is gone, and policy holds commits until it is back', times(60, gone), undefined, []],
    [
      'is frozen: it streams, and confirms nothing while commits wait',
      [{}, ...times(7, { lsn: '0/200', waitingCommits: 1 })],
      5_000,
      ['6 degrade', '7 degrade'],
    ],
    ['confirms nothing, but nobody waits', [{}, ...times(9, { lsn: '0/200' })], 5_000, []],
    ['has everything, and commits wait for another', [{}, ...times(9, { waitingCommits: 1 })], 5_000, []],
  ])('%s', (_title, looks, degradeAfterMs, expected) => {
    expect(history(looks, { ...policy, degradeAfterMs }).changes).toEqual(expected);
  });

  it('leaves those in charge that are still there', () => {
    const two = { setting: ['secondary', 'dr'], links: [{ ...streaming, site: 'dr' }], atMs: 9_000 };
    const { record } = history([{ ...two, atMs: 0 }]);
    expect(afterLook(record, { ...first, ...two }, policy).change).toMatchObject({
      lost: ['secondary'],
      remaining: ['dr'],
    });
  });

  it('is remembered before anything is changed, and until it has confirmed everything again', () => {
    const { record } = history(times(6, gone));
    const knowing = remembered(record, ['secondary'], 'gone', 6_000);
    expect(knowing).toMatchObject({
      synchronous: [],
      degraded: { lost: ['secondary'], byPolicy: true, sinceMs: 6_000 },
    });

    const released = afterLook(knowing, { ...first, ...gone, setting: [], atMs: 7_000, lsn: '0/400' }, policy);
    expect(released.change).toBeUndefined();
    const catching = afterLook(
      released.record,
      { ...first, setting: [], atMs: 8_000, lsn: '0/99900000', links: [streaming] },
      policy,
    );
    expect(catching.record.backFor).toBe(0);

    let { record: now } = catching;
    const close = {
      ...first,
      setting: [],
      lsn: '0/500',
      links: [{ ...streaming, synchronous: false, flushLsn: '0/480' }],
    };
    const asked = [1, 2, 3].map((n) => {
      const after = afterLook(now, { ...close, atMs: 8_000 + n * 1_000 }, policy);
      now = after.record;
      return after.change;
    });
    expect(asked).toEqual([undefined, undefined, { kind: 'restore', names: ['secondary'] }]);

    const waiting = afterLook(
      now,
      { ...first, lsn: '0/600', atMs: 12_000, links: [{ ...streaming, flushLsn: '0/480' }] },
      policy,
    );
    expect(waiting.record).toMatchObject({ synchronous: [], degraded: { lost: ['secondary'] } });
    const whole = afterLook(
      waiting.record,
      { ...first, lsn: '0/700', atMs: 13_000, links: [{ ...streaming, flushLsn: '0/700' }] },
      policy,
    );
    expect(whole.record.synchronous).toEqual(['secondary']);
    expect(whole.record).not.toHaveProperty('degraded');
  });

  it('is not restored where somebody else changed the setting', () => {
    expect(history([{}, ...times(9, { setting: [] })]).changes).toEqual([]);
  });
});
