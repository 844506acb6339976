import { DrError } from '@novacron/contracts';
import { defaultPortBase } from './ports.js';

/** The base from `DR_LAB_PORT_BASE`; throws INVALID_CONFIG when it is not a number that leaves room for every port. */
export function portBaseFrom(env: NodeJS.ProcessEnv): number {
  const text = env.DR_LAB_PORT_BASE;
  if (text === undefined || text === '') return defaultPortBase;
  const base = Number(text);
  if (Number.isInteger(base) && base >= 1024 && base <= 65_000) return base;
  throw new DrError('INVALID_CONFIG', `DR_LAB_PORT_BASE is ${JSON.stringify(text)}`, {
    hint: 'give a whole number from 1024 to 65000, such as DR_LAB_PORT_BASE=25000',
  });
}
