import { startPostgres, startStandbyOf, type TestPostgres } from '../testing/index.js';

describe('a promoted server that is still closed', () => {
  let primary: TestPostgres;
  let secondary: TestPostgres;
  const holder = { epoch: 2, operationId: 'failover-1' };

  beforeAll(async () => {
    primary = await startPostgres({ name: 'primary' });
    secondary = await startStandbyOf(primary, { name: 'secondary' });
    await primary.member.query('create table kept (n int)');
    await secondary.member.waitForReplay((await primary.member.status()).currentLsn ?? '0/0');
    await primary.kill();
  });
  afterAll(() => Promise.all([primary, secondary].map((server) => server?.stop())));

  it('may be closed ahead, while it is a standby, and opened again', async () => {
    const { member } = secondary;
    await member.closeStandby();
    expect(await member.closedState()).toEqual({ closed: true });
    await member.stayStandby();
    expect(await member.closedState()).toEqual({ closed: false });
    await member.closeStandby();
    await member.closeStandby();
    expect(await member.closedState()).toEqual({ closed: true });
  });

  it('refuses writes until it is opened, and knows that nothing was written', async () => {
    expect(await secondary.member.promoteClosed(holder)).toMatchObject({ promoted: true, timeline: 2 });
    expect(await secondary.member.promoteClosed(holder)).toMatchObject({ promoted: false, timeline: 2 });

    await expect(secondary.member.query('insert into kept values (1)')).rejects.toThrow(/read-only/u);
    await secondary.member.query('select count(*) from kept');
    await secondary.member.checkpoint();
    expect(await secondary.member.closedState()).toEqual({ closed: true, holder, writesSinceEpoch: 0 });
  });

  it('is opened by nobody but its holder', async () => {
    await expect(secondary.member.openForWrites({ epoch: 1, operationId: 'old' })).rejects.toMatchObject({
      code: 'STALE_TOKEN',
    });
    expect(await secondary.member.closedState()).toMatchObject({ closed: true });
  });

  it('acknowledges no write that goes around the default', async () => {
    const forced = 'begin; set transaction read write; insert into kept values (2); commit';
    await expect(secondary.member.query(forced, [], { timeoutMs: 500 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('sees that it was tried, and an attempt repeated does not hide it', async () => {
    await secondary.member.promoteClosed(holder);
    expect(await secondary.member.closedState()).toMatchObject({ closed: true, writesSinceEpoch: 1 });
  });

  it('takes writes once it is open', async () => {
    await secondary.member.openForWrites(holder);
    await secondary.member.openForWrites(holder);
    await secondary.member.query('insert into kept values (3)');
    expect(await secondary.member.closedState()).toMatchObject({ closed: false, holder });
    await secondary.member.closeStandby();
    expect(await secondary.member.closedState()).toMatchObject({ closed: false, holder });
  });
});
