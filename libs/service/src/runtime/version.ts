import { readFileSync } from 'node:fs';

/** All packages of the house carry one version; the NATS service protocol and the backups' manifests show it. */
export const houseVersion: string = readVersion();

function readVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string };
  return version;
}
