import { DrError, type Estate, type ObjectStore, type Store } from '@novacron/contracts';
import { type EstateContext, objectStores } from '@novacron/drivers';
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

  /** @throws DrError INVALID_CONFIG naming the secret or key that is missing or wrong. */
  static async open(estate: Estate, context: EstateContext): Promise<BackupStores> {
    const { stores, encryption } = estate.repository;
    const objects: ReadonlyMap<string, ObjectStore> = await objectStores(stores, context);
    const secrets = encryption.keys.map(async ({ id, key }) => [id, await context.secret(key)] as const);
    const keyring = parseKeyring(encryption.current, Object.fromEntries(await Promise.all(secrets)));
    return new BackupStores(openRepository({ stores: objects, keyring }), stores);
  }

  /** The first that answers, in order of preference. @throws DrError UNREACHABLE naming each and why. */
  async preferred(): Promise<string> {
    const problems: { path: string; problem: string }[] = [];
    const asked = this.order.map((name) => ({ name, answer: this.problemOf(name) }));
    for (const { name, answer } of asked) {
      const problem = await answer;
      if (problem === undefined) return name;
      problems.push({ path: name, problem });
    }
    throw new DrError('UNREACHABLE', 'no store of the repository answers', { details: problems });
  }

  /** Why a store cannot be used now; undefined when it was just written, read, and refused to overwrite. */
  async problemOf(name: string): Promise<string | undefined> {
    try {
      const { conditionalPut } = await within(`store ${name}`, answerTimeoutMs, this.repository.store(name).probe());
      return conditionalPut ? undefined : 'it lets an object be overwritten';
    } catch (error) {
      return DrError.from(error).message;
    }
  }
}
