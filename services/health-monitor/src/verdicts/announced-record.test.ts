import { DrError } from '@novacron/contracts';
import { AnnouncedRecord, type Announcement } from './announced-record.js';

/** A bucket that can fail: one key, its revision, and a write that may be stored although its answer is lost. */
class Bucket {
  value: unknown;
  revision = 0;
  losesAnswers = false;

  async read<T>(): Promise<{ value: T; revision: number } | undefined> {
    return this.revision === 0 ? undefined : { value: this.value as T, revision: this.revision };
  }

  async write(_key: string, value: unknown, revision: number): Promise<number | undefined> {
    if (revision !== this.revision) return undefined;
    this.value = value;
    this.revision += 1;
    if (this.losesAnswers) throw new DrError('BUS_UNAVAILABLE', 'the answer is lost');
    return this.revision;
  }
}

const lost: Announcement = { type: 'SiteLost', id: 'SiteLost_a_1', correlationId: 'incident-a-1', data: {} };

describe('a state whose changes are announced', () => {
  let bucket: Bucket;
  let said: string[];
  let busAway: boolean;
  const record = (): AnnouncedRecord<string> =>
    new AnnouncedRecord('episode.a', 'well', bucket, async ({ id }) => {
      if (busAway) throw new DrError('BUS_UNAVAILABLE', 'away');
      said.push(id);
    });

  beforeEach(() => {
    bucket = new Bucket();
    said = [];
    busAway = false;
  });

  it('stores the change, says it, and has nothing left to say', async () => {
    const mine = record();
    expect(await mine.load()).toBe('well');
    await mine.move('lost', lost);

    expect(said).toEqual(['SiteLost_a_1']);
    expect(bucket.value).toEqual({ state: 'lost' });
    expect(await record().load()).toBe('lost');
    expect(said).toHaveLength(1);
  });

  it('says nothing of what another has moved meanwhile', async () => {
    const mine = record();
    const other = record();
    await Promise.all([mine.load(), other.load()]);
    await other.move('lost', lost);
    await expect(mine.move('degraded', { ...lost, id: 'HealthDegraded_a_1_1' })).rejects.toMatchObject({
      code: 'CONFLICT',
    });

    expect(said).toEqual(['SiteLost_a_1']);
    expect(await mine.load()).toBe('lost');
  });

  it('is said by the next holder when the first one ends between storing and saying', async () => {
    const mine = record();
    await mine.load();
    busAway = true;
    await expect(mine.move('lost', lost)).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    busAway = false;

    expect(await record().load()).toBe('lost');
    expect(said).toEqual(['SiteLost_a_1']);
    expect(bucket.value).toEqual({ state: 'lost' });
  });

  it('goes on from what was stored when the answer was lost', async () => {
    const mine = record();
    await mine.load();
    bucket.losesAnswers = true;
    await expect(mine.move('lost', lost)).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    bucket.losesAnswers = false;
    expect(said).toEqual([]);

    expect(await mine.load()).toBe('lost');
    expect(said).toEqual(['SiteLost_a_1']);
  });
});
