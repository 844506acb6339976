import { setTimeout as delay } from 'node:timers/promises';
import { type Lab, SqlConnection } from '@novacron/lab';

/** A write that a database itself confirmed, and in which epoch it believed to be. Milliseconds since 1970. */
export interface Confirmed {
  readonly site: string;
  readonly epoch: number;
  readonly at: number;
}

const everyMs = 40;

/**
 * Writes to every database of the estate all the time, around the router and around the network's faults, and remembers who
 * confirmed what in which epoch. It belongs to nobody and asks nobody.
 */
export class Observer {
  readonly confirmed: Confirmed[] = [];
  private stopped = false;
  private readonly loops: Promise<void>[];

  constructor(lab: Lab) {
    const { sites } = lab.file();
    this.loops = Object.entries(sites).flatMap(([site, { postgres }]) => {
      if (postgres === undefined) return [];
      const url = new URL(postgres.url);
      // Behind the front, where no partition is.
      url.port = String(Number(url.port) + 50);
      return [this.watch(site, url.href)];
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.loops);
  }

  /** Every epoch in which more than one site confirmed writes. */
  splitEpochs(): { readonly epoch: number; readonly sites: readonly string[] }[] {
    const sitesOf = new Map<number, Set<string>>();
    for (const { epoch, site } of this.confirmed) sitesOf.set(epoch, (sitesOf.get(epoch) ?? new Set()).add(site));
    return [...sitesOf].flatMap(([epoch, sites]) => (sites.size > 1 ? [{ epoch, sites: [...sites] }] : []));
  }

  /** Writes from `since` on that a site confirmed after another one had begun to confirm in a later epoch. */
  late(since: number): Confirmed[] {
    const firstOf = new Map<number, Confirmed>();
    for (const write of this.confirmed) if (!firstOf.has(write.epoch)) firstOf.set(write.epoch, write);
    const firsts = [...firstOf.values()];
    return this.confirmed.filter(
      ({ site, epoch, at }) =>
        at >= since && firsts.some((later) => later.site !== site && later.epoch > epoch && later.at < at),
    );
  }

  /** Whether a site confirmed any write from `since` on. */
  heardFrom(site: string, since: number): boolean {
    return this.confirmed.some((write) => write.site === site && write.at >= since);
  }

  private async watch(site: string, url: string): Promise<void> {
    // A standby refuses 25 writes a second: as many logins would take most of a processor from the estate.
    const connection = new SqlConnection({ url, name: 'observer', keepWhenRefused: true });
    while (!this.stopped) {
      try {
        const [row] = await connection.query<{ epoch: string }>(
          'insert into app.observed (site, epoch) select $1, coalesce(max(epoch), 1) from dr.epoch returning epoch',
          [site],
        );
        this.confirmed.push({ site, epoch: Number(row?.epoch), at: Date.now() });
      } catch {
        // It takes no writes now.
      }
      await delay(everyMs);
    }
    connection.close();
  }
}
