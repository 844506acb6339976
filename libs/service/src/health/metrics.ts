import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** The process's figures, in Prometheus' text form. A service adds its own to the registry. */
export class Metrics {
  readonly registry = new Registry();

  constructor(identity: { readonly service: string; readonly instance: string; readonly estateHash: string }) {
    this.registry.setDefaultLabels({ service: identity.service });
    collectDefaultMetrics({ register: this.registry });
    new Gauge({
      name: 'dr_service_info',
      help: 'Who this process is; services that hold different estate files differ in estate_hash',
      labelNames: ['instance', 'estate_hash'],
      registers: [this.registry],
    }).set({ instance: identity.instance, estate_hash: identity.estateHash }, 1);
  }
}
