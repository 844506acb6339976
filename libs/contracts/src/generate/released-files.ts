import { createRequire } from 'node:module';
import type { EventContract, RequestContract } from '../messages/contract.js';
import { type GeneratedFile, messageSchemaFiles } from './schema-files.js';

const { version } = createRequire(import.meta.url)('../../package.json') as { readonly version: string };

/**
 * The messages' schemas as this version of the contracts promises them. Written when a version, or a message within it, is new
 * and never again: every later version is compared with them.
 */
export function releasedFiles(events: readonly EventContract[], requests: readonly RequestContract[]): GeneratedFile[] {
  return messageSchemaFiles(events, requests).map(({ path, text }) => ({
    path: `libs/contracts/released/${version}/${path.slice(path.lastIndexOf('/') + 1)}`,
    text,
  }));
}
