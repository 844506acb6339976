import { listed, wantedOf } from './logical-restore.js';

const list = `;
; Archive created at 2026-11-23 04:00:00 UTC
215; 1259 16385 TABLE public ledger dr_admin
216; 1259 16390 TABLE public ledger_old dr_admin
217; 1259 16395 TABLE app orders dr_admin
3325; 0 16385 TABLE DATA public ledger dr_admin
3326; 0 16390 TABLE DATA public ledger_old dr_admin
3327; 0 16395 TABLE DATA app orders dr_admin
3170; 2606 16389 CONSTRAINT public ledger ledger_pkey dr_admin
3171; 2606 16399 FK CONSTRAINT app orders orders_ledger_fkey dr_admin`;

describe('the contents of a dump', () => {
  it.each([
    ['public.ledger', true],
    ['ledger', true],
    ['app.orders', true],
    ['public.led', false],
    ['app.ledger', false],
  ])('say of %s whether it is there: %s', (table, there) => {
    expect(listed(list, table)).toBe(there);
  });

  it('keep the rows of wanted tables, every definition, and no key to rows that stay away', () => {
    const kept = wantedOf(list, ['ledger', 'app.orders'])
      .split('\n')
      .filter((line) => !line.startsWith(';'));
    expect(kept.map((line) => line.split(' ')[0])).toEqual(['215;', '216;', '217;', '3325;', '3327;', '3170;']);
  });
});
