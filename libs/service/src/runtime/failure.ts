import { DrError, type ErrorCode } from '@novacron/contracts';

/** sysexits(3): what a supervisor can tell apart. */
export const exitCodes = { failed: 1, temporary: 75, misconfigured: 78 } as const;

const misconfigured = new Set<ErrorCode>([
  'CONFLICT',
  'INVALID_CONFIG',
  'INVALID_ESTATE',
  'PORT_TAKEN',
  'UNSUPPORTED_SERVER',
]);

/** A process that cannot begin: 78 needs a human, 75 may work later. */
export function exitCodeOf(error: DrError): number {
  if (misconfigured.has(error.code)) return exitCodes.misconfigured;
  return error.retryable && error.code !== 'INTERNAL' ? exitCodes.temporary : exitCodes.failed;
}

/** For a terminal: the message, every problem on a line of its own, the hint on the last. */
export function failureText(service: string, error: DrError): string {
  const lines = [`${service}: ${error.message}`];
  for (const { path, problem } of error.details) lines.push(`  ${path}: ${problem}`);
  lines.push(`hint: ${error.hint}`);
  return `${lines.join('\n')}\n`;
}

/** Nest's listen rejects with the system's error; ours names the port. */
export function listenFailure(error: unknown, host: string, port: number): DrError {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code !== 'EADDRINUSE') return DrError.from(error);
  return new DrError('PORT_TAKEN', `port ${port} on ${host} is in use`, {
    hint: 'stop the program that holds it, or set DR_HTTP_PORT',
    details: [{ path: 'DR_HTTP_PORT', problem: 'is in use' }],
    cause: error,
  });
}
