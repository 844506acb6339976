import { DrError, type Estate, type ObjectStore, type Store } from '@novacron/contracts';
import { encryptionSecrets, type EstateContext, objectStores } from '@novacron/drivers';
import { openRepository, parseKeyring, type Repository } from '@novacron/repository';
import { within } from './within.js';

/** A store on a busy machine must not be taken for one that is away: long, but less than who asks for a backup waits. */
const answerTimeoutMs = 4_000;

/** The stores of the estate in the order in which new backups and WAL prefer them. */
export class BackupStores {
  /** Names: the primary role first, then replicas, each in the order of the estate file. */
  readonly order: readonly string[];

  constructor(
    readonly repository: Repository,
    settings: readonly Pick<Store, 'name' | 'role'>[],
  ) {
    const named = (role: Store['role']): string[] =>
      settings.filter((store) => store.role === role).map(({ name }) => name);
    this.order = [...named('primary'), ...named('replica')];
  }

  /** @throws DrError INVALID_CONFIG naming the secret or key that is missing or wrong, or what KMS says of it. */
  static async open(estate: Estate, context: EstateContext): Promise<BackupStores> {
    const { stores, encryption } = estate.repository;
    const objects: ReadonlyMap<string, ObjectStore> = await objectStores(stores, context);
    const keyring = parseKeyring(encryption.current, await encryptionSecrets(encryption, context));
    return new BackupStores(openRepository({ stores: objects, keyring }), stores);
  }

  /**
   * The first that answers, in order of preference, with the keys at hand known to it.
   * @throws DrError WRONG_KEY when a key at hand does not fit a store: what it would seal could not be opened beside what is there;
   * UNREACHABLE naming each store and why it cannot be used.
   */
  async preferred(): Promise<string> {
    const answers = this.order.map((name) => ({ name, failure: this.failureOf(name) }));
    const failures: { name: string; failure: DrError }[] = [];
    for (const { name, failure } of answers) {
      const known = await failure;
      if (known?.code === 'WRONG_KEY') throw known;
      if (known !== undefined) failures.push({ name, failure: known });
      else {
        await this.repository.recordKeys(name);
        return name;
      }
    }
    throw unusable(failures);
  }

  /** Why a store cannot be used now; undefined when it was just written, read, and refused to overwrite. */
  async problemOf(name: string): Promise<string | undefined> {
    return (await this.failureOf(name))?.message;
  }

  private async failureOf(name: string): Promise<DrError | undefined> {
    try {
      const { conditionalPut } = await within(`store ${name}`, answerTimeoutMs, this.repository.store(name).probe());
      if (!conditionalPut) return new DrError('STORE_FAILED', `store ${name} lets an object be overwritten`);
      await within(`store ${name}`, answerTimeoutMs, this.repository.learnKeys(name));
      return undefined;
    } catch (error) {
      return DrError.from(error);
    }
  }
}

function unusable(failures: readonly { readonly name: string; readonly failure: DrError }[]): DrError {
  const [first] = failures;
  return new DrError('UNREACHABLE', 'no store of the repository can be used', {
    ...(first === undefined ? {} : { hint: first.failure.hint }),
    details: failures.map(({ name, failure }) => ({ path: name, problem: failure.message })),
  });
}
