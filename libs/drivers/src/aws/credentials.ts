import { DrError } from '@novacron/contracts';

export interface AwsLogin {
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
}

/**
 * What a client of the AWS SDK signs with: the login that is given, else whatever its default chain finds, and renews before it expires — the
 * environment, a profile, a web identity (a pod of EKS), the container's endpoint (ECS, EKS), the machine's role (EC2).
 */
export function credentialsOf({ accessKeyId, secretAccessKey }: AwsLogin): {
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
} {
  if (accessKeyId === undefined || secretAccessKey === undefined) return {};
  return { credentials: { accessKeyId, secretAccessKey } };
}

/** Said of an error that means that nothing was sent: the chain has found nothing. It may: a machine's role is answered for over the network. */
export function noCredentials(error: unknown, what: string): DrError | undefined {
  if (!(error instanceof Error) || error.name !== 'CredentialsProviderError') return undefined;
  return new DrError('STORE_FAILED', `${what}: no AWS credentials were found: ${error.message}`, {
    retryable: true,
    hint: 'give accessKeyId and secretAccessKey in the estate file, or a role to the machine, container or pod',
    cause: error,
  });
}
