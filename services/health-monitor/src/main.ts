import 'reflect-metadata';
import { runService } from '@novacron/service';
import { AppModule } from './app.module.js';
import { HealthMonitorConfig } from './config.js';

await runService({ name: 'health-monitor', module: AppModule, config: HealthMonitorConfig });
