import type { SecretRef } from '@novacron/contracts';
import type { AwsLogin } from '../aws/credentials.js';
import type { EstateContext } from './estate-context.js';

/** The login that the estate refers to; empty where it names none. @throws DrError INVALID_CONFIG naming a secret that cannot be read. */
export async function awsLogin(
  { accessKeyId, secretAccessKey }: { readonly accessKeyId?: SecretRef; readonly secretAccessKey?: SecretRef },
  context: Pick<EstateContext, 'secret'>,
): Promise<AwsLogin> {
  if (accessKeyId === undefined || secretAccessKey === undefined) return {};
  return { accessKeyId: await context.secret(accessKeyId), secretAccessKey: await context.secret(secretAccessKey) };
}
