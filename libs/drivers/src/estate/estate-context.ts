import { isAbsolute, join } from 'node:path';
import type { CommandSecret, SecretRef } from '@novacron/contracts';

/** What an estate file does not hold itself: the folder its paths start from, and the secrets it only names. */
export interface EstateContext {
  /** The estate file's folder, absolute. */
  readonly folder: string;
  /** @throws DrError INVALID_CONFIG naming the variable or file that is missing, never its value. */
  secret(reference: SecretRef): Promise<string>;
}

export function estatePath(context: EstateContext, path: string): string {
  return isAbsolute(path) ? path : join(context.folder, path);
}

/** The words of a command with a program that is a path made absolute: commands run in the estate file's folder. */
export function estateCommand(context: EstateContext, words: readonly string[]): readonly [string, ...string[]] {
  const [program = '', ...args] = words;
  return [program.includes('/') ? estatePath(context, program) : program, ...args];
}

/** The secrets of a command as its environment has them. @throws DrError INVALID_CONFIG naming one that cannot be read. */
export async function commandSecrets(
  secrets: readonly CommandSecret[] | undefined,
  context: EstateContext,
): Promise<Record<string, string>> {
  const read = (secrets ?? []).map(async ({ name, secret }) => [name, await context.secret(secret)] as const);
  return Object.fromEntries(await Promise.all(read));
}
