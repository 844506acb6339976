/** The door for tests: real servers on random ports, and waiting without sleeping. */
export { begun } from './begun.js';
export { eventually } from './eventually.js';
export { type Fault, FaultProxy } from './fault-proxy.js';
export { freePort } from './free-port.js';
export { type NatsProcess, type NatsServerOptions, type RunningNats, startNatsServer } from './nats-server.js';
export { findNatsServer } from './programs.js';
