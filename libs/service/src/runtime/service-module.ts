import { type DynamicModule, Module, type Provider, type Type } from '@nestjs/common';
import { HealthController } from '../health/health.controller.js';

/** A service's own module: a class with `@Module`, or what its static method made. */
export type AppModule = Type | DynamicModule;

@Module({})
class HouseModule {}

@Module({})
class RootModule {}

/** The root of a service: its own module, and the house's instances, which any class in it may inject by type. */
export function rootModule(appModule: AppModule, providers: Provider[]): DynamicModule {
  const house: DynamicModule = {
    module: HouseModule,
    global: true,
    controllers: [HealthController],
    providers,
    exports: providers,
  };
  return { module: RootModule, imports: [house, appModule] };
}
