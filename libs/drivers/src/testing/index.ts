export { freePort, temporaryFolder } from './places.js';
export {
  childrenOf,
  postgresSettings,
  type StartPostgresOptions,
  startPostgres,
  startStandbyOf,
  type TestPostgres,
} from './postgres.js';
export { postgres17Bin, usePostgres17 } from './postgres-17.js';
export { handOver, ordinaryUser } from './run-as.js';
export { type ContractCase, objectStoreContract } from './object-store-contract.js';
export { type HaproxyServer, startHaproxy } from './start-haproxy.js';
export { type KnotServer, startKnot } from './start-knot.js';
export { type PgbouncerServer, pgbouncerProgram, startPgbouncer } from './start-pgbouncer.js';
export { type MotoServer, startMoto } from './start-moto.js';
export { type SwiftServer, startSwift } from './start-swift.js';
export { type RedisServer, startRedis } from './start-redis.js';
export { type ServerProcess, serverProcess } from './server-process.js';
export { type WrappedByKms, wrappedByKms } from './wrapped-by-kms.js';
