import { existsSync } from 'node:fs';
import { isExecutable } from './processes.mjs';

/**
 * The S3 endpoint of each site is OpenStack Swift with its S3 API, run by lab/src/s3/swift. Debian's library package is
 * enough: it brings no service, no user and no configuration. Debian installs it for its own interpreter alone, so a
 * `python3` that comes earlier on PATH would not find it.
 */
const python = '/usr/bin/python3';
const s3api = '/usr/lib/python3/dist-packages/swift/common/middleware/s3api/s3api.py';

/** @returns {string[]} the Debian packages still missing for the S3 endpoints */
export function missingS3Packages() {
  return isExecutable(python) && existsSync(s3api) ? [] : ['python3-swift'];
}

/** What programs.json says of it. */
export const s3Programs = { s3Python: python };
