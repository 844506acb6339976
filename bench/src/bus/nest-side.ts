import 'reflect-metadata';
import { Controller, type INestApplication, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern } from '@nestjs/microservices';
import { Bus, connectStrategy, JetStreamStrategy, provisionBus, silentLogger } from '@novacron/bus';
import { BackupCompleted, type Delivered } from '@novacron/contracts';
import { sampleEvent } from './sample-event.js';
import { type BusSide, type Consuming, heldEvents } from './side.js';

const estate = 'bench';

/** Who is told of each event. */
abstract class Listener {
  abstract hear(number: number): void;
}

@Controller()
class BackupWatch {
  constructor(@Inject(Listener) private readonly listener: Listener) {}

  @EventPattern(BackupCompleted)
  onBackupCompleted(event: Delivered<BackupCompleted>): void {
    this.listener.hear(event.data.durationMs);
  }
}

@Module({ controllers: [BackupWatch] })
class BenchModule {}

/** The house's way: published through the contract, handled by a Nest controller behind the JetStream strategy. */
export class NestSide implements BusSide {
  readonly name = 'validated Nest handler';

  private constructor(
    private readonly publisher: Bus,
    private readonly consumer: Bus,
  ) {}

  static async connect(url: string): Promise<NestSide> {
    const settings = { url, instance: 'bench', estate, logger: silentLogger };
    const publisher = await Bus.connect({ ...settings, service: 'backup' });
    await provisionBus(publisher.connection, { estate });
    return new NestSide(publisher, await Bus.connect({ ...settings, service: 'notifier' }));
  }

  async publish(number: number): Promise<void> {
    await this.publisher.publish(sampleEvent(number));
  }

  async consume(onEvent: (number: number) => void): Promise<Consuming> {
    const app = await this.startApp({ hear: onEvent });
    return { flush: () => this.consumer.connection.flush(), stop: () => app.close() };
  }

  async close(): Promise<void> {
    await this.publisher.close();
    await this.consumer.close();
  }

  private async startApp(listener: Listener): Promise<INestApplication> {
    const module = { module: BenchModule, providers: [{ provide: Listener, useValue: listener }] };
    const app = await NestFactory.create(module, { logger: false });
    connectStrategy(app, new JetStreamStrategy({ bus: this.consumer, version: '0.1.0', window: heldEvents }));
    await app.init();
    await app.startAllMicroservices();
    return app;
  }
}
