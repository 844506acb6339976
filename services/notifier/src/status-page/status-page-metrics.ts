import { Injectable } from '@nestjs/common';
import { Metrics } from '@novacron/service';
import { Counter, Gauge } from 'prom-client';
import type { PlaceReport } from './publishing/place-worker.js';

/** How the places of the status page are doing; alert on an old one. */
@Injectable()
export class StatusPageMetrics {
  private readonly published: Gauge<'place'>;
  private readonly took: Gauge<'place'>;
  private readonly failures: Counter<'place'>;

  constructor(house: Metrics) {
    const registers = [house.registry];
    const labelNames = ['place'] as const;
    this.published = new Gauge({
      name: 'dr_status_page_published_timestamp_seconds',
      help: 'When each place last had the newest status page',
      labelNames,
      registers,
    });
    this.took = new Gauge({
      name: 'dr_status_page_publish_seconds',
      help: 'How long the last publication to each place took',
      labelNames,
      registers,
    });
    this.failures = new Counter({
      name: 'dr_status_page_failures_total',
      help: 'Publications that failed, by place',
      labelNames,
      registers,
    });
  }

  placed({ place, publishedAt, tookMs, failures }: PlaceReport): void {
    if (failures > 0) this.failures.inc({ place });
    else if (publishedAt !== undefined) {
      this.published.set({ place }, Date.parse(publishedAt) / 1000);
      this.took.set({ place }, (tookMs ?? 0) / 1000);
    }
  }
}
