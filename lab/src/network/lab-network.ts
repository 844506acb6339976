import { withDescendants } from '../processes/process-tree.js';
import type { LabPorts, SiteName } from '../layout/ports.js';
import { siteNames } from '../layout/ports.js';
import { Front, type Passage } from './front.js';
import { localPortsOf } from './origins.js';

type Origins = Map<SiteName, Set<number>>;

const open: Passage = { cut: false, delayMs: 0 };

/** All fronts of all sites, and each site's place in the network: normal, cut off, or slow. */
export class LabNetwork {
  private readonly states = new Map<SiteName, Passage>();
  private reading: Promise<void> = Promise.resolve();
  private next: Promise<Origins> | undefined;
  private readonly fronts: { readonly site: SiteName; readonly front: Front }[] = [];

  /** `pidsOf` names the server programs of a site: what they connect to is cut or slowed together with what comes in. */
  constructor(
    ports: LabPorts,
    private readonly pidsOf: (site: SiteName) => readonly number[],
  ) {
    for (const site of siteNames) {
      const { postgres, redis, s3, app, uplink } = ports.sites[site];
      for (const pair of site === 'archive' ? [s3] : [postgres, redis, s3, app, uplink]) {
        const passage = async (clientPort: number): Promise<Passage> =>
          this.passage(site, clientPort, await this.nextOrigins());
        this.fronts.push({ site, front: new Front({ listenPort: pair.front, targetPort: pair.behind, passage }) });
      }
    }
  }

  async open(): Promise<void> {
    await Promise.all(this.fronts.map(({ front }) => front.open()));
  }

  close(): void {
    for (const { front } of this.fronts) front.close();
  }

  stateOf(site: SiteName): 'normal' | 'partitioned' | `slow ${number} ms` {
    const { cut, delayMs } = this.states.get(site) ?? open;
    if (cut) return 'partitioned';
    return delayMs > 0 ? `slow ${delayMs} ms` : 'normal';
  }

  /** Nothing gets in or out, and nobody is told: connections fall silent, new ones are never answered. */
  partition(site: SiteName): Promise<void> {
    return this.set(site, { cut: true, delayMs: 0 });
  }

  /** Each piece of data needs `delayMs` longer, in each direction. */
  slow(site: SiteName, delayMs: number): Promise<void> {
    return this.set(site, { cut: false, delayMs });
  }

  /** The network is whole again; connections that were cut are reset. */
  heal(site: SiteName): Promise<void> {
    return this.set(site, open);
  }

  private async set(site: SiteName, state: Passage): Promise<void> {
    this.states.set(site, state);
    const origins = await this.origins();
    for (const { site, front } of this.fronts) {
      front.refresh((clientPort) => this.passage(site, clientPort, origins));
    }
  }

  /**
   * One reading of the kernel's tables at a time, shared by all connections that were there before it began: a partition makes
   * many new ones, and the tables are long.
   */
  private nextOrigins(): Promise<Origins> {
    this.next ??= this.reading.then(() => {
      const origins = this.origins();
      this.reading = origins.then(
        () => undefined,
        () => undefined,
      );
      this.next = undefined;
      return origins;
    });
    return this.next;
  }

  /** The local ports of each site that is not normal now. */
  private async origins(): Promise<Origins> {
    const affected = [...this.states].filter(([, { cut, delayMs }]) => cut || delayMs > 0);
    return new Map(
      await Promise.all(
        affected.map(async ([site]) => [site, await localPortsOf(await withDescendants(this.pidsOf(site)))] as const),
      ),
    );
  }

  /** A connection suffers the worse of where it goes to and where it comes from. */
  private passage(target: SiteName, clientPort: number, origins: Origins): Passage {
    const ends = [target, ...[...origins].filter(([, ports]) => ports.has(clientPort)).map(([site]) => site)];
    const states = [...new Set(ends)].map((site) => this.states.get(site) ?? open);
    return {
      cut: states.some(({ cut }) => cut),
      delayMs: states.reduce((sum, { delayMs }) => sum + delayMs, 0),
    };
  }
}
