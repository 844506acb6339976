import 'reflect-metadata';
import { runService } from '@novacron/service';
import { AppModule } from './app.module.js';
import { lastPage } from './status-page/serving/last-page.js';

await runService({ name: 'notifier', module: AppModule, meanwhile: lastPage });
