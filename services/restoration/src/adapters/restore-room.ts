import { createInterface } from 'node:readline';
import { Injectable } from '@nestjs/common';
import { LoadedEstate } from '@novacron/service';
import { isServerCopy, type ManifestComponent } from '@novacron/repository';
import { laidOutBytes, type RoomNeeded, unpackedBytes, walBytes } from '../domain/room-needed.js';
import { manifestChain, manifestComponent } from '../steps/restore/restore-tools.js';
import type { RestoreParams } from '../steps/restore/restore-params.js';
import { requireRoom } from './require-room.js';
import { RestoreSources } from './restore-sources.js';

/** Where restores lie, below the folder of the estate. */
export const scratchFolder = 'services/restoration';

/** Refuses a restore that its disc has no room for, before it begins: a disc that fills halfway hurts whoever else is on it. */
@Injectable()
export class RestoreRoom {
  constructor(
    readonly sources: RestoreSources,
    private readonly loaded: LoadedEstate,
  ) {}

  /** @throws DrError PRECONDITION_FAILED with how much is needed and how much is there. */
  async require(params: RestoreParams): Promise<void> {
    await requireRoom(await this.needs(params));
  }

  private async needs(params: RestoreParams): Promise<RoomNeeded[]> {
    const chain = await (params.kind === 'postgres'
      ? manifestChain(this, params)
      : manifestComponent(this, params).then((one) => [one]));
    const here = this.loaded.path(scratchFolder);
    const parts = await Promise.all(chain.map(async (part) => this.bytesOf(params.point.store, part)));
    const needs = [...unpackedBytes(parts)].map(([oid, bytes]) => ({ path: params.tablespaces?.[oid] ?? here, bytes }));
    return [...needs, { path: here, bytes: walOf(chain, params) }];
  }

  /** A dump takes as much again once it is loaded, or more: nobody knows how much. */
  private async bytesOf(store: string, component: ManifestComponent): Promise<ReadonlyMap<string, number>> {
    const { objects } = component;
    const manifest = objects.find(({ key }) => key.endsWith('/backup_manifest'));
    if (!isServerCopy(component) || manifest === undefined) {
      const plain = objects.reduce((sum, { plainSizeBytes }) => sum + plainSizeBytes, 0);
      return new Map([['', 2 * plain]]);
    }
    const text = await this.sources.repository.openObject(store, manifest);
    return laidOutBytes(createInterface({ input: text, crlfDelay: Infinity }));
  }
}

/** The WAL in each part, and what the archive has from there on. */
function walOf(chain: readonly ManifestComponent[], { point }: RestoreParams): number {
  const last = chain.at(-1);
  const from = last?.includesWal === true ? last.stopLsn : last?.startLsn;
  const carried = chain.filter(({ includesWal }) => includesWal === true);
  return carried.reduce(
    (sum, { startLsn, stopLsn }) => sum + walBytes(startLsn, stopLsn),
    walBytes(from, point.untilLsn),
  );
}
