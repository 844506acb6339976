import { shortfalls, type TargetFacts, unknowns } from './shortfalls.js';

const well: TargetFacts = {
  ...{ maxConnections: 100, freeSenders: 4, freeSlots: 4, version: 150_018 },
  ...{ clockOffsetMs: 12, replayBytes: 0, freeBytes: 50_000_000_000 },
};
const reference = { maxConnections: 100, version: 150_018, standbys: 2 };

describe('shortfalls', () => {
  it('finds nothing short of a target that is like the primary', () => {
    expect(shortfalls(well, {}, reference)).toEqual([]);
  });

  it('holds nothing against a target that nobody knows', () => {
    const { freeBytes: _unknown, ...unseen } = well;
    expect(shortfalls({ ...unseen, maxConnections: 1, version: 1 }, {}, { standbys: 0 })).toEqual([]);
  });

  it('says of a disk that nobody can look at just that, and holds it against the target where policy says so', () => {
    const { freeBytes: _unknown, ...unseen } = well;
    expect(unknowns(unseen)).toEqual(['how much of its disk is free']);
    expect(unknowns(well)).toEqual([]);
    expect(shortfalls(unseen, { whenUnknown: 'record' }, reference)).toEqual([]);
    expect(shortfalls(unseen, { whenUnknown: 'short' }, reference)).toEqual([
      'has a disk of which nobody can tell how much is free, 1 GiB are needed',
    ]);
  });

  it.each([
    [{ maxConnections: 50 }, {}, 'takes 50 connections, 100 are needed'],
    [{}, { minimumConnections: 300 }, 'takes 100 connections, 300 are needed'],
    [{ freeSenders: 1 }, {}, 'has room for 1 senders of WAL, 2 standbys will follow it'],
    [{ freeSlots: 0 }, {}, 'has room for 0 replication slots, 2 standbys will follow it'],
    [{ freeBytes: 1_048_576 }, {}, 'has 1 MiB free on its disk, 1 GiB are needed'],
    [{}, { minimumFreeBytes: 107_374_182_400 }, 'has 46.6 GiB free on its disk, 100 GiB are needed'],
    [{ version: 150_004 }, {}, "runs PostgreSQL 15.4, older than the primary's 15.18"],
    [{ replayBytes: 33_554_432 }, {}, 'has 32 MiB to replay before it can be promoted, more than 16 MiB'],
    [{ clockOffsetMs: -5_000 }, {}, 'has a clock 5 s behind ours, more than 2 s'],
    [{ clockOffsetMs: 90 }, { maximumClockOffsetMs: 50 }, 'has a clock 90 ms ahead of ours, more than 50 ms'],
  ])('says what is short: %j %j', (change, limits, words) => {
    expect(shortfalls({ ...well, ...change }, limits, reference)).toEqual([words]);
  });
});
