import type { Query, Row } from './access.js';
import { promote } from './promotion.js';

/** A standby that leaves recovery once it was asked so many times, and says so from then on. */
function standby(leavesAfter: number): { readonly query: Query; readonly asked: () => number } {
  let asked = 0;
  const isPrimary = (): boolean => asked >= leavesAfter;
  const query: Query = async <R extends Row>(sql: string): Promise<R[]> => {
    if (sql.includes('pg_promote')) {
      if (isPrimary()) throw Object.assign(new Error('recovery is not in progress'), { code: '55000' });
      asked += 1;
      return [];
    }
    if (sql === 'select pg_is_in_recovery() as value') {
      const value = !isPrimary();
      // It ends between this look and the next request.
      if (leavesAfter === Infinity) asked = Infinity;
      return [{ value }] as unknown as R[];
    }
    if (sql.includes('in_recovery')) return [statusRow(!isPrimary())] as unknown as R[];
    return [];
  };
  return { query, asked: () => asked };
}

function statusRow(inRecovery: boolean): Row {
  const lsns = { current_lsn: null, receive_lsn: null, replay_lsn: null, position: null };
  return {
    ...lsns,
    in_recovery: inRecovery,
    timeline: inRecovery ? 1 : 2,
    server_time: new Date(),
    last_replay_at: null,
  };
}

describe('promote', () => {
  it('asks again as long as recovery goes on: the first request may have met a standby that fell asleep over it', async () => {
    const { query, asked } = standby(3);

    await expect(promote(query, { timeoutMs: 5_000 })).resolves.toMatchObject({ promoted: true, timeline: 2 });
    expect(asked()).toBe(3);
  });

  it('takes it for no error that recovery has ended before the request', async () => {
    const { query } = standby(Infinity);

    await expect(promote(query, { timeoutMs: 5_000 })).resolves.toMatchObject({ promoted: true, timeline: 2 });
  });
});
