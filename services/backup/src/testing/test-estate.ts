import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder, type TestPostgres } from '@novacron/drivers/testing';

export interface TestEstate {
  /** Of the estate file; the spool and the stores lie in it. */
  readonly folder: string;
  readonly file: string;
  /** The folder of a store's objects. */
  storeFolder(store: 'primary' | 'dr'): string;
  readonly spool: string;
  remove(): void;
}

const example = join(import.meta.dirname, '../../../../lab/estate.yaml');

export interface TestEstateOptions {
  readonly primary: Pick<TestPostgres, 'port' | 'admin' | 'replication'>;
  readonly secondary?: TestPostgres;
  readonly redis: { readonly port: number; readonly password: string };
  /** Lines of YAML in place of the two stores that are folders. */
  readonly stores?: string;
  /** Lines of YAML in place of the example's. */
  readonly schedules?: string;
  /** The same, as one line. */
  readonly retention?: string;
  /** Lines of YAML in the section `backup`, beside what the example has there. */
  readonly backup?: string;
}

/** The lab's estate with its servers where a test has started them, and its two stores as folders. */
export function testEstate(servers: TestEstateOptions): TestEstate {
  const { primary, secondary, redis } = servers;
  const folder = temporaryFolder('backup');
  const secrets = join(folder.path, 'secrets');
  mkdirSync(secrets);
  const values = {
    'postgres-admin': primary.admin.password,
    'postgres-replication': primary.replication.password,
    redis: redis.password,
    'repository-key': 'ab'.repeat(32),
  };
  for (const [name, value] of Object.entries(values)) writeFileSync(join(secrets, name), `${value}\n`, { mode: 0o600 });
  const text = readFileSync(example, 'utf8')
    .replace('port: 24100\n', `port: ${primary.port}\n`)
    .replace('port: 24200\n', `port: ${secondary?.port ?? 1}\n`)
    .replace('port: 24300\n', 'port: 1\n')
    .replace('port: 24101\n', `port: ${redis.port}\n`)
    .replace('port: 24201\n', `port: ${redis.port}\n`)
    .replace(/ {4}- \{ name: nightly, .*\n/u, (nightly) => servers.schedules ?? nightly)
    .replace(/ {2}retention: .*\n/u, (lines) => (servers.retention === undefined ? lines : `  ${servers.retention}\n`))
    .replace(/^backup:\n/mu, (head) => `${head}${servers.backup ?? ''}`)
    .replace(storeLines('primary'), servers.stores ?? fileStore('primary', 'primary'))
    .replace(storeLines('dr'), servers.stores === undefined ? fileStore('dr', 'replica') : '');
  const file = join(folder.path, 'estate.yaml');
  writeFileSync(file, text);
  return {
    folder: folder.path,
    file,
    storeFolder: (store) => join(folder.path, 'stores', store),
    spool: join(folder.path, 'services/backup'),
    remove: () => folder.remove(),
  };
}

/** A store of the example: from its name to its last secret. */
function storeLines(name: string): RegExp {
  return new RegExp(` {4}- name: ${name}\\n {6}role: .*\\n(?: {6}.*\\n)*? {6}secretAccessKey: .*\\n`, 'u');
}

function fileStore(name: string, role: string): string {
  return `    - { name: ${name}, role: ${role}, kind: file, path: stores/${name} }\n`;
}
