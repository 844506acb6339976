import { DrError, type ObjectStore, type ProblemDetail } from '@novacron/contracts';
import { readSealed } from '../objects/read-object.js';
import { storeSealedBytes } from '../objects/store-object.js';
import type { Keyring } from '../sealing/keyring.js';

/**
 * What a store keeps of keys, each sealed as any other object:
 *
 * ```
 * keys/<keyId>/check             opens with the key of that id and no other
 * keys/<keyId>/under/<otherId>   the key itself, sealed by another: who holds that one needs this one no more
 * ```
 *
 * So a new key takes over everything that older ones sealed by one small object for each, and nothing is uploaded again.
 */
export const keysPrefix = 'keys/';

const checkText = 'novacron-dr key check 1';
const keyBytes = 32;

function checkKey(keyId: string): string {
  return `${keysPrefix}${keyId}/check`;
}

function wrappedKey(keyId: string, by: string): string {
  return `${keysPrefix}${keyId}/under/${by}`;
}

/**
 * The keys of the store that those at hand open, by id; also over several steps.
 * @throws DrError WRONG_KEY when a key at hand is not the one of its id that the store knows, or the store's own.
 */
export async function keysKnownTo(store: ObjectStore, keyring: Keyring): Promise<ReadonlyMap<string, Uint8Array>> {
  const records: { readonly key: string; readonly keyId: string; readonly by: string | undefined }[] = [];
  for await (const { key } of store.list(keysPrefix)) {
    const found = /^keys\/([^/]+)\/(?:check|under\/([^/]+))$/u.exec(key);
    if (found !== null) records.push({ key, keyId: found[1] ?? '', by: found[2] });
  }
  const known = new Map(keyring.keys);
  for (const { key, keyId, by } of records)
    if (by === undefined && known.has(keyId)) await requireFits(store, key, keyId, keyring);
  for (let before = -1; before !== known.size;) {
    before = known.size;
    for (const { key, keyId, by } of records) {
      if (by === undefined || known.has(keyId) || !known.has(by)) continue;
      const opened = await readSealed(store, key, { current: by, keys: known });
      if (opened.length !== keyBytes) throw new DrError('CORRUPT_OBJECT', `${key} in ${store.name} holds no key`);
      known.set(keyId, opened);
    }
  }
  return known;
}

/**
 * Has a store know the keys at hand: what tells each from another, and each older one sealed by the current one. Can be repeated.
 * @throws DrError WRONG_KEY, or the store's own.
 */
export async function recordKeys(store: ObjectStore, keyring: Keyring): Promise<void> {
  const present = new Set<string>();
  for await (const { key } of store.list(keysPrefix)) present.add(key);
  for (const [keyId, key] of keyring.keys) {
    const own: Keyring = { current: keyId, keys: keyring.keys };
    const check = checkKey(keyId);
    if (present.has(check)) await requireFits(store, check, keyId, keyring);
    else await storeSealedBytes(store, own, check, Buffer.from(checkText));
    const wrapped = wrappedKey(keyId, keyring.current);
    if (keyId !== keyring.current && !present.has(wrapped)) await storeSealedBytes(store, keyring, wrapped, key);
  }
}

/**
 * What is wrong with the records of keys: one that does not open, and one that is missing although objects were sealed by its
 * key, so that whoever holds the current key alone could not open them.
 */
export async function keyProblems(
  store: ObjectStore,
  keyring: Keyring,
  usedKeyIds: ReadonlySet<string>,
): Promise<ProblemDetail[]> {
  const problems: ProblemDetail[] = [];
  const present = new Set<string>();
  for await (const { key } of store.list(keysPrefix)) {
    present.add(key);
    try {
      await readSealed(store, key, keyring);
    } catch (error) {
      const known = DrError.from(error);
      if (known.retryable) throw error;
      problems.push({ path: key, problem: known.message });
    }
  }
  const needed = [...usedKeyIds].flatMap((keyId) => [
    checkKey(keyId),
    ...(keyId === keyring.current ? [] : [wrappedKey(keyId, keyring.current)]),
  ]);
  const missing = needed.filter((key) => !present.has(key));
  return [...problems, ...missing.map((path) => ({ path, problem: 'is missing' }))];
}

async function requireFits(store: ObjectStore, key: string, keyId: string, keyring: Keyring): Promise<void> {
  try {
    const text = (await readSealed(store, key, keyring)).toString('utf8');
    if (text === checkText) return;
  } catch (error) {
    if (DrError.from(error).code !== 'WRONG_KEY') throw error;
  }
  throw new DrError('WRONG_KEY', `the key ${keyId} at hand is not the one that sealed what is in ${store.name}`, {
    hint: `give the former secret of ${keyId} back, or give the new one an id of its own and make it current`,
    details: [{ path: keyId, problem: `does not open ${key} in ${store.name}` }],
  });
}
