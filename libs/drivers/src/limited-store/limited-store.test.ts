import { Readable } from 'node:stream';
import { FileStore } from '../file-store/file-store.js';
import { temporaryFolder } from '../testing/places.js';
import { ByteBudget } from './byte-budget.js';
import { LimitedStore } from './limited-store.js';

describe('ByteBudget', () => {
  it('lets so many bytes pass in a second, after what was saved up', () => {
    let nowMs = 0;
    const budget = new ByteBudget(1_000, () => nowMs);
    expect([budget.take(500), budget.take(500), budget.take(500)]).toEqual([0, 0, 0]);
    expect(budget.take(1_000)).toBe(500);
    nowMs = 1_500;
    expect(budget.take(100)).toBe(0);
    nowMs = 60_000;
    expect([budget.take(1_000), budget.take(1_000)]).toEqual([0, 0]);
    expect(budget.take(1)).toBe(1_000);
  });
});

describe('LimitedStore', () => {
  it('gives back what was stored, no faster than it may', async () => {
    const folder = temporaryFolder('limited');
    const store = new LimitedStore(new FileStore({ name: 'files', folder: folder.path }), 4_000_000);
    const body = Buffer.alloc(3_000_000, 'novacron');
    const startedAt = performance.now();
    await store.put('a/b', Readable.from([body]), { sizeBytes: body.length });
    const read = Buffer.concat(await (await store.get('a/b')).toArray());
    expect(read.equals(body)).toBe(true);
    // Six million bytes, four of them saved up.
    expect(performance.now() - startedAt).toBeGreaterThan(400);
    folder.remove();
  });
});
