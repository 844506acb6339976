import { type Cache, type Database, DrError, type Estate, type ProblemDetail, type Store } from '@novacron/contracts';
import { encryptionSecrets, type EstateContext, objectStores } from '@novacron/drivers';
import { type CatalogEntry, openRepository, parseKeyring, type Repository } from '@novacron/repository';
import { chooseRestorePoint, componentOf, type RestorePoint, type RestoreWish } from '../domain/restore-point.js';
import { within } from './within.js';

const answerTimeoutMs = 3_000;
const listTimeoutMs = 60_000;

/** Everything a restore reads: the stores of the estate, and what its components are. */
export class RestoreSources {
  constructor(
    readonly repository: Repository,
    /** Names: the primary role first, then replicas. */
    private readonly order: readonly string[],
    private readonly databases: readonly Database[],
    private readonly caches: readonly Cache[],
    private readonly context: Pick<EstateContext, 'secret'>,
  ) {}

  /** @throws DrError INVALID_CONFIG naming the secret or key that is missing or wrong, or what KMS says of it. */
  static async open(estate: Estate, context: EstateContext): Promise<RestoreSources> {
    const { stores, encryption } = estate.repository;
    const keyring = parseKeyring(encryption.current, await encryptionSecrets(encryption, context));
    const repository = openRepository({ stores: await objectStores(stores, context), keyring });
    const named = (role: Store['role']): string[] => stores.filter((one) => one.role === role).map(({ name }) => name);
    const order = [...named('primary'), ...named('replica')];
    return new RestoreSources(repository, order, estate.databases, estate.caches ?? [], context);
  }

  kindOf(component: string): 'postgres' | 'redis' {
    if (this.databases.some(({ name }) => name === component)) return 'postgres';
    if (this.caches.some(({ name }) => name === component)) return 'redis';
    const names = [...this.databases, ...this.caches].map(({ name }) => name);
    throw new DrError('NOT_FOUND', `the estate has no component ${component}`, {
      hint: `the components are ${names.join(', ')}`,
    });
  }

  /** The role that a restored database knows, as the estate's administrator. */
  async adminOf(component: string): Promise<{ user: string; password: string; database: string }> {
    const found = this.databases.find(({ name }) => name === component);
    if (found === undefined) throw new DrError('NOT_FOUND', `the estate has no database ${component}`);
    return {
      user: found.admin.user,
      password: await this.context.secret(found.admin.password),
      database: found.database,
    };
  }

  async cachePasswordOf(component: string): Promise<string | undefined> {
    const found = this.caches.find(({ name }) => name === component);
    return found?.password === undefined ? undefined : this.context.secret(found.password);
  }

  /**
   * The point a wish means, from the first store that answers and has it; only the one that is named, if one is.
   * @throws DrError OUTSIDE_RECOVERY_WINDOW, NOT_FOUND, CORRUPT_OBJECT, or UNREACHABLE when no store answers.
   */
  async choose(wish: RestoreWish & { readonly store?: string }): Promise<RestorePoint> {
    const problems: ProblemDetail[] = [];
    let refusal: DrError | undefined;
    for (const store of wish.store === undefined ? this.order : [wish.store]) {
      try {
        return await this.chooseIn(store, wish);
      } catch (error) {
        const failure = DrError.from(error);
        problems.push({ path: store, problem: failure.message });
        if (!failure.retryable) refusal ??= failure;
      }
    }
    throw refusal ?? new DrError('UNREACHABLE', 'no store of the repository answers', { details: problems });
  }

  private async chooseIn(store: string, wish: RestoreWish): Promise<RestorePoint> {
    await within(`store ${store}`, answerTimeoutMs, this.repository.store(store).head('backups/is-anyone-there'));
    await within(`store ${store}`, answerTimeoutMs, this.repository.learnKeys(store));
    const look = async () => {
      const { entries } = await this.repository.catalog(store).list();
      const { windows } = needsWindows(entries, wish) ? await this.repository.recoveryWindows(store) : { windows: [] };
      return { entries, windows };
    };
    const { entries, windows } = await within(`the catalog of ${store}`, listTimeoutMs, look());
    return chooseRestorePoint({ store, entries, windows }, wish);
  }
}

/** A full backup that is named is restored by itself, whatever the archive holds. */
function needsWindows(entries: readonly CatalogEntry[], { backupId, targetTime, component }: RestoreWish): boolean {
  const named = entries.find((entry) => entry.backupId === backupId)?.manifest;
  return (
    backupId === undefined ||
    targetTime !== undefined ||
    (named && componentOf(named, component)?.kind === 'postgres-wal') === true
  );
}
