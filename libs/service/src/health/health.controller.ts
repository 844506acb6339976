import { Controller, Get, Header, ServiceUnavailableException } from '@nestjs/common';
import { Metrics } from './metrics.js';
import { Readiness, type ReadinessCheck } from './readiness.js';

/** For supervisors and load balancers: is it alive, may it be given work, what are its figures. */
@Controller()
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
  ) {}

  /** That this is answered at all is the answer. */
  @Get('health/live')
  live(): { readonly status: 'alive' } {
    return { status: 'alive' };
  }

  @Get('health/ready')
  ready(): { readonly status: 'ready'; readonly checks: ReadinessCheck[] } {
    const checks = this.readiness.checks();
    if (checks.every((check) => check.ready)) return { status: 'ready', checks };
    throw new ServiceUnavailableException({ status: 'not ready', checks });
  }

  @Get('metrics')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  async figures(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
