import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fromNextRelease } from './next-release.mjs';
import { setupFolder } from './places.mjs';
import { s3Programs } from './s3.mjs';

const folder = join(setupFolder, 'moto');
const modules = join(folder, 'usr/lib/python3/dist-packages');

/** Pure Python, or works without its compiled part; what has to be compiled (cryptography, YAML) is this release's own. */
const packages = [
  'python3-moto',
  'python3-werkzeug',
  'python3-flask',
  'python3-flask-cors',
  'python3-responses',
  'python3-xmltodict',
  'python3-jinja2',
  'python3-markupsafe',
  'python3-boto3',
  'python3-botocore',
  'python3-s3transfer',
  'python3-jmespath',
  'python3-dateutil',
  'python3-itsdangerous',
  'python3-click',
  'python3-blinker',
];

/**
 * AWS as tests need it (storage classes, Object Lock, versions), which the lab's S3 does not have. This release's moto is too
 * old, where it has one.
 * @type {import('./parts.mjs').Part}
 */
export const moto = {
  name: 'moto',
  ready: () => existsSync(join(modules, 'moto/server.py')),
  prepare: () => fromNextRelease({ packages, folder, hint: `install ${packages[0]} 5.1 or newer` }),
  programs: () => ({ motoPython: s3Programs.s3Python, motoModules: modules }),
};
