import 'reflect-metadata';
import { runService } from '@novacron/service';
import { AppModule } from './app.module.js';

await runService({ name: 'restoration', module: AppModule });
