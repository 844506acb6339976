import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Bus, Leases } from '@novacron/bus';
import { randomBytes } from 'node:crypto';
import {
  DrError,
  type Estate,
  Observation,
  ReplicaPresence,
  replicasToken,
  SteadyObservations,
  steadyToken,
} from '@novacron/contracts';
import { LoadedEstate, Secrets } from '@novacron/service';
import { StateStore } from './adapters/state-store.js';
import { probeFor } from './checks/check-types.js';
import { HealthMonitorConfig } from './config.js';
import type { MaintenanceWindow } from './domain/maintenance.js';
import { Vantage } from './sampling/vantage.js';
import { EpisodeBook } from './verdicts/episode-book.js';
import { MaintenanceBook } from './verdicts/maintenance-book.js';
import { Picture } from './verdicts/picture.js';
import { SiteJudge } from './verdicts/site-judge.js';
import { VerdictKeeper } from './verdicts/verdict-keeper.js';

/** The parts that stand once the bus is there. */
export interface MonitorParts {
  readonly estate: Estate;
  readonly vantage: string;
  readonly looking: Vantage;
  readonly picture: Picture;
  readonly judge: SiteJudge;
  readonly episodes: EpisodeBook;
  readonly maintenance: MaintenanceBook;
  readonly keeper: VerdictKeeper;
}

/**
 * One process of the health monitor: looks at everything from its vantage, hears what all vantages see, and gives the
 * verdicts while it holds the lease.
 */
@Injectable()
export class HealthMonitor implements OnApplicationBootstrap, OnModuleDestroy {
  private standing: MonitorParts | undefined;
  private readonly leave: (() => void | Promise<void>)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly leases: Leases,
    private readonly loaded: LoadedEstate,
    private readonly secrets: Secrets,
    private readonly config: HealthMonitorConfig,
  ) {}

  get parts(): MonitorParts {
    if (this.standing === undefined) throw new DrError('INTERNAL', 'the health monitor has not started');
    return this.standing;
  }

  /** @throws DrError INVALID_CONFIG when the estate has no such vantage, INVALID_ESTATE, BUS_UNAVAILABLE. */
  async onApplicationBootstrap(): Promise<void> {
    const { bus, leases, loaded, secrets } = this;
    const { estate } = loaded;
    const { health } = estate;
    const { vantage: name, serviceInstance } = this.config;
    assertVantage(name, estate);

    const store = await StateStore.open(bus);
    const picture = new Picture(health);
    const maintenance = new MaintenanceBook(store);
    const episodes = new EpisodeBook();
    const judge = new SiteJudge(estate, picture, maintenance);
    const keeper = new VerdictKeeper({
      bus,
      leases,
      store,
      health,
      picture,
      judge,
      maintenance,
      holder: `${name}/${serviceInstance}`,
    });
    const vantage = new Vantage({
      name,
      // Two processes may have been given the same name of an instance.
      replica: `${serviceInstance}-${randomBytes(4).toString('hex')}`,
      health,
      lastOf: (site, check) => picture.lastOf(name, site, check),
      sink: bus,
      logger: bus.logger,
      probeFor: (check, timeoutMs) =>
        probeFor(check, timeoutMs, {
          estate,
          folder: loaded.folder,
          vantage: name,
          secret: (reference) => secrets.read(reference),
        }),
    });
    this.standing = { estate, vantage: name, looking: vantage, picture, judge, episodes, maintenance, keeper };

    const unwatch = await store.watch((key, value) => {
      maintenance.onChange(key, value);
      episodes.onChange(key, value);
    });
    const hearing = [
      bus.subscribeObservations(Observation, (observation) => {
        if (picture.hear(observation)) keeper.onChange(observation.site);
        // Another vantage has just begun to see a failure: whether it is alone with it is to be known soon.
        if (observation.consecutiveFailures === 1 && observation.vantage !== name) vantage.hurry(observation.site);
      }),
      bus.subscribeObservations(
        SteadyObservations,
        (steady) => {
          if (picture.hearSteady(steady)) keeper.onChange(steady.site);
        },
        { check: steadyToken },
      ),
      bus.subscribeObservations(ReplicaPresence, (presence) => vantage.hear(presence), {
        vantage: name,
        site: replicasToken,
      }),
    ];
    keeper.start();
    vantage.start();
    this.leave.push(
      () => vantage.stop(),
      () => keeper.stop(),
      () => hearing.forEach((subscription) => subscription.unsubscribe()),
      unwatch,
    );
  }

  async onModuleDestroy(): Promise<void> {
    for (const leave of this.leave.splice(0)) await leave();
  }

  /** Announces work, or ends it at once with a window that is over. */
  announceMaintenance(window: MaintenanceWindow): Promise<void> {
    return this.parts.maintenance.announce(window);
  }
}

function assertVantage(name: string, { health }: Estate): void {
  const names = health.vantages.map((vantage) => vantage.name);
  if (names.includes(name)) return;
  throw new DrError('INVALID_CONFIG', `the estate has no vantage ${name}`, {
    hint: `set DR_VANTAGE to one of ${names.join(', ')}`,
    details: [{ path: 'DR_VANTAGE', problem: `must be one of ${names.join(', ')}` }],
  });
}
