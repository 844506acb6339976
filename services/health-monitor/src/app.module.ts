import { Module } from '@nestjs/common';
import { HealthMonitor } from './health-monitor.js';
import { HealthRequests } from './handlers/health-requests.js';

@Module({ controllers: [HealthRequests], providers: [HealthMonitor] })
export class AppModule {}
