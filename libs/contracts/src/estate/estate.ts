import { ListOf, Name, Nested } from '../messages/fields.js';
import { Communication, Contact, DrillPlan, RunbookSettings } from './communication.js';
import { Backup, Cache, Cluster, Database, FileTree, Image, ObjectStorage, SecretSource } from './data.js';
import { Maybe } from './fields.js';
import { Failover, Health, RestorationSettings } from './health.js';
import { Objectives, Service, Site } from './objectives.js';
import { RepositorySettings } from './repository.js';
import { Routing } from './routing.js';

/** The estate file, whole (DESIGN §5). `docs/estate.md` is made from these classes. */
export class Estate {
  @Name() estate!: string;
  @Nested(() => Objectives) objectives!: Objectives;
  @ListOf(() => Site) sites!: Site[];
  @ListOf(() => Service) services!: Service[];
  @ListOf(() => Database) databases!: Database[];
  @Maybe() @ListOf(() => Cache) caches?: Cache[];
  @Maybe() @ListOf(() => Cluster) clusters?: Cluster[];
  @Maybe() @ListOf(() => FileTree) filesystems?: FileTree[];
  @Maybe() @ListOf(() => ObjectStorage) objectStorage?: ObjectStorage[];
  @Maybe() @ListOf(() => Image) images?: Image[];
  @Maybe() @ListOf(() => SecretSource) secrets?: SecretSource[];
  @Nested(() => RepositorySettings) repository!: RepositorySettings;
  @Nested(() => Routing) routing!: Routing;
  @Nested(() => Health) health!: Health;
  @Nested(() => Failover) failover!: Failover;
  @Nested(() => Backup) backup!: Backup;
  @Maybe() @Nested(() => RestorationSettings) restoration?: RestorationSettings;
  @Maybe() @ListOf(() => RunbookSettings) runbooks?: RunbookSettings[];
  @Nested(() => Communication) communication!: Communication;
  @Maybe() @ListOf(() => DrillPlan) drills?: DrillPlan[];
  @ListOf(() => Contact, 100_000) contacts!: Contact[];
}
