import { ServiceConfig } from '@novacron/service';
import { Matches } from 'class-validator';

export class HealthMonitorConfig extends ServiceConfig {
  /** `DR_VANTAGE`: which of the estate's vantages this process looks from. */
  @Matches(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/u, { message: 'must be the name of one of the vantages of the estate' })
  vantage!: string;
}
