// First: what is read afterwards is to be collected by its measure.
import './small-heap.js';
import 'reflect-metadata';
import { runService } from '@novacron/service';
import { AppModule } from './app.module.js';
import { HealthMonitorConfig } from './config.js';

await runService({ name: 'health-monitor', module: AppModule, config: HealthMonitorConfig });
