import { moto } from './moto.mjs';
import { natsServer } from './nats-server.mjs';
import { nodePackages } from './node-packages.mjs';
import { servers } from './servers.mjs';

/**
 * One thing that has to be there before the project runs.
 * @typedef {object} Part
 * @property {string} name as progress shows it
 * @property {() => boolean} ready true when nothing is to be done; must be quick
 * @property {() => Promise<unknown>} prepare makes it ready or throws; parts are prepared at the same time as each other
 * @property {() => Record<string, unknown>} programs what it adds to programs.json, asked once all parts are ready
 */

/** What the code itself needs. @type {Part[]} */
export const codeParts = [nodePackages];

/** What the lab runs. @type {Part[]} */
export const labParts = [servers, natsServer, moto];
