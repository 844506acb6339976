import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@novacron/bus/testing';
import { DrError } from '@novacron/contracts';
import { findOnPath } from '@novacron/drivers';
import { Child } from './child.js';

/** nginx as one process, which a kill takes away whole; it answers 200 with a few bytes and closes the connection. */
export async function startWebServer(folder: string, port: number): Promise<Child> {
  const nginx = debianProgram('nginx', 'nginx-light');
  mkdirSync(folder, { recursive: true });
  const configuration = join(folder, 'nginx.conf');
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  writeFileSync(
    configuration,
    `daemon off; master_process off; pid ${join(folder, 'pid')}; error_log ${join(folder, 'error.log')};
events { worker_connections 8192; }
http { access_log off; keepalive_timeout 0; ${places.join(' ')}
  server { listen 127.0.0.1:${port} backlog=8192; location / { default_type text/plain; return 200 "well"; } } }
`,
  );
  const server = await Child.start(nginx, ['-c', configuration, '-p', folder]);
  await eventually(async () => (await fetch(`http://127.0.0.1:${port}/`)).ok, { what: `nginx: ${server.output}` });
  return server;
}

/** @throws DrError PROGRAM_MISSING saying what to install. */
export function debianProgram(program: string, packageName: string): string {
  const path = findOnPath(program) ?? findInSbin(program);
  if (path !== undefined) return path;
  throw new DrError('PROGRAM_MISSING', `${program}, which this benchmark needs, is not installed`, {
    hint: `install the package ${packageName}: apt-get install ${packageName}`,
  });
}

/** Where Debian keeps servers, which an ordinary user's PATH leaves out. */
function findInSbin(program: string): string | undefined {
  const before = process.env['PATH'];
  process.env['PATH'] = '/usr/sbin:/sbin';
  try {
    return findOnPath(program);
  } finally {
    process.env['PATH'] = before;
  }
}
