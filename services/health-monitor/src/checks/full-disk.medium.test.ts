import { eventually } from '@novacron/bus/testing';
import { look } from '../testing/look.js';
import { canMount, type SmallDisk, startOnSmallDisk } from '../testing/small-disk.js';
import { PostgresCanaryProbe } from './postgres-canary.js';
import { PostgresDiskProbe } from './postgres-disk.js';

(canMount() ? describe : describe.skip)('a full disk (skipped where an ordinary user cannot mount one)', () => {
  let server: SmallDisk;
  const disk = (): PostgresDiskProbe =>
    new PostgresDiskProbe(async () => server.member, { timeoutMs: 10_000, capacityBytes: 1e9, maxUsed: 0.85 });

  const canary = (): PostgresCanaryProbe =>
    new PostgresCanaryProbe(async () => server.member, { timeoutMs: 10_000, place: 'alpha' });

  beforeAll(async () => {
    server = await startOnSmallDisk(160);
  }, 120_000);

  afterAll(async () => server?.stop());

  it('lets no canary be written, and does again when there is room', async () => {
    await server.fill();
    await expect(look(canary(), 10_000)).rejects.toThrow('No space left on device');
    await server.free();
    await eventually(() => look(canary(), 10_000), { timeoutMs: 20_000 });
  });

  it('is a failure, and is over when there is room again', async () => {
    expect(await look(disk(), 10_000)).toEqual({});
    await server.fill();
    await expect(look(disk(), 10_000)).rejects.toThrow('its disk is full');
    await server.free();
    await eventually(async () => (await look(disk(), 10_000)).degraded === undefined, { timeoutMs: 20_000 });
  });
});
