export { freePort, temporaryFolder } from './places.js';
export {
  postgresSettings,
  type StartPostgresOptions,
  startPostgres,
  startStandbyOf,
  type TestPostgres,
} from './postgres.js';
export { handOver, ordinaryUser } from './run-as.js';
export { type ContractCase, objectStoreContract } from './object-store-contract.js';
