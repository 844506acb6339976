/**
 * Every error a user or another program can meet. The code is API, texts are not (NATS ADR-7): `docs/errors.md` and the
 * `Nats-Service-Error-Code` header are made from this table. `status` follows the HTTP meaning of the number.
 */
export interface ErrorCodeEntry {
  readonly status: number;
  readonly retryable: boolean;
  readonly meaning: string;
  readonly hint: string;
}

const entry = (status: number, retryable: boolean, meaning: string, hint: string): ErrorCodeEntry => ({
  status,
  retryable,
  meaning,
  hint,
});

export const errorCodes = {
  INVALID_MESSAGE: entry(
    400,
    false,
    'a message does not have the shape its contract declares',
    'correct the fields named in details',
  ),
  UNSUPPORTED_MESSAGE: entry(
    400,
    false,
    'a message of an unknown type or version',
    'upgrade this service, or publish a version it knows',
  ),
  INVALID_ESTATE: entry(
    400,
    false,
    'the estate file has problems',
    'run `npm run estate:check FILE` and correct every line it names',
  ),
  INVALID_CONFIG: entry(
    400,
    false,
    'an environment variable or option is missing or wrong',
    'set the variables named in details',
  ),
  NOT_FOUND: entry(404, false, 'what was asked for does not exist', 'list what exists with the matching query'),
  CONFLICT: entry(
    409,
    false,
    'the request does not fit the present state',
    'look at the status query, then decide again',
  ),
  OPERATION_RUNNING: entry(
    409,
    false,
    'an operation of this kind is already running',
    'wait for it, or abort it first',
  ),
  PAST_POINT_OF_NO_RETURN: entry(
    409,
    false,
    'the operation can only go forward now',
    'let it finish, or start a planned switchover back',
  ),
  LEASE_LOST: entry(
    409,
    true,
    'another worker holds the lease, or the bus cannot confirm that we still do',
    'nothing to do: the holder goes on',
  ),
  STALE_TOKEN: entry(
    409,
    false,
    'a write came with an older fencing token than the target has seen',
    'nothing to do: the newer holder goes on',
  ),
  EPOCH_MISMATCH: entry(409, false, 'the estate has moved to another epoch', 'rejoin the site as a standby'),
  PRECONDITION_FAILED: entry(
    412,
    false,
    'the target is not in the state the step expects',
    'look at details, then resume or abort',
  ),
  VERIFY_FAILED: entry(
    422,
    true,
    'an effect was asked for but cannot be seen at its target',
    'look at the target named in details',
  ),
  CORRUPT_OBJECT: entry(
    422,
    false,
    'a stored object does not have the bytes it was stored with',
    'restore from another store or backup',
  ),
  WRONG_KEY: entry(422, false, 'the encryption key does not open this object', 'give the key named in details'),
  OUTSIDE_RECOVERY_WINDOW: entry(
    422,
    false,
    'the point in time cannot be reached from any stored backup',
    'choose a time inside the window named in details',
  ),
  FENCE_INSUFFICIENT: entry(
    423,
    false,
    'the old primary could not be fenced as far as policy asks',
    'fence it by hand, or accept the risk with allowDataLoss',
  ),
  NO_PROMOTABLE_STANDBY: entry(424, false, 'no standby may be promoted', 'repair a standby, or recover from a backup'),
  APPROVAL_REQUIRED: entry(428, false, 'a human must approve first', 'approve or abort the operation'),
  PAUSED: entry(423, false, 'automation is paused', 'resume it, or wait until the pause expires'),
  TIMEOUT: entry(504, true, 'no answer within the time allowed', 'check that the target is up'),
  UNREACHABLE: entry(
    503,
    true,
    'the target cannot be reached',
    'check that the target is up and the network path open',
  ),
  BUS_UNAVAILABLE: entry(503, true, 'NATS JetStream did not confirm', 'check the NATS servers and their quorum'),
  UNSUPPORTED_SERVER: entry(
    505,
    false,
    'a server is too old for what we promise',
    'install the version named in the message',
  ),
  PROGRAM_MISSING: entry(
    424,
    false,
    'a program this needs is not installed',
    'install the package named in the message',
  ),
  COMMAND_FAILED: entry(502, true, 'a program ended with an error', 'see its output in details'),
  STORE_FAILED: entry(502, true, 'an object store refused or broke a request', 'check the store and its credentials'),
  PORT_TAKEN: entry(409, false, 'a port is in use', 'stop the program that holds it, or choose another base port'),
  ALREADY_RUNNING: entry(409, false, 'this is running already', 'stop the other one first'),
  DELIVERY_FAILED: entry(502, true, 'a channel did not accept a notification', 'check the channel and its credentials'),
  INTERNAL: entry(500, true, 'a fault in this program', 'report it with the log lines of the same correlation'),
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof errorCodes;
