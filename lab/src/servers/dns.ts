import { createSocket } from 'node:dgram';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import dnsPacket from 'dns-packet';
import type { LabFolders } from '../layout/folders.js';
import type { LabPorts } from '../layout/ports.js';
import type { LabPrograms } from '../layout/programs.js';
import type { LabSecrets } from '../layout/secrets.js';
import { SupervisedProcess } from '../processes/supervised-process.js';

export const dnsZone = 'novacron.test';

/** A Knot server with the estate's zone, which takes updates signed with the estate's key and from nobody else. */
export async function startDns(options: {
  readonly ports: LabPorts;
  readonly folders: LabFolders;
  readonly programs: LabPrograms;
  readonly secrets: LabSecrets;
  /** Given the server before it starts: from then on someone has to stop it. */
  readonly register: (server: SupervisedProcess) => void;
}): Promise<void> {
  const { ports, folders, programs, secrets, register } = options;
  // The path of a Unix socket must be short, however deep the lab's folder is.
  const config = `
server:
    rundir: "."
    pidfile: "knot.pid"
    listen: 127.0.0.1@${ports.dns}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
control:
    listen: "/proc/self/cwd/knot.sock"
log:
  - target: stderr
    any: info
database:
    storage: "."
key:
  - id: dr-control
    algorithm: hmac-sha256
    secret: ${secrets.tsig}
acl:
  - id: dr-control
    key: dr-control
    action: update
template:
  - id: default
    storage: "."
    zonefile-sync: -1
zone:
  - domain: ${dnsZone}
    file: "${dnsZone}.zone"
    acl: dr-control
`;
  const zone = `
$ORIGIN ${dnsZone}.
$TTL 5
@ SOA ns.${dnsZone}. hostmaster.${dnsZone}. 1 60 30 3600 5
@ NS ns
ns A 127.0.0.1
primary A 127.0.0.1
secondary A 127.0.0.1
dr A 127.0.0.1
app CNAME primary
`;
  await mkdir(folders.dns, { recursive: true });
  const configFile = join(folders.dns, 'knot.conf');
  await writeFile(configFile, config, { mode: 0o600 });
  await writeFile(join(folders.dns, `${dnsZone}.zone`), zone.trimStart());
  const dns = new SupervisedProcess({
    spec: {
      name: 'dns',
      program: programs.knotd,
      args: ['-c', 'knot.conf'],
      cwd: folders.dns,
      logFile: folders.log('dns'),
    },
  });
  register(dns);
  const server = await dns.start();
  await server.ready(() => answersForZone(ports.dns));
}

function answersForZone(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  const query = dnsPacket.encode({ type: 'query', id: 1, questions: [{ type: 'SOA', name: dnsZone }] });
  return new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), 200);
    socket.once('error', () => resolve(false));
    socket.once('message', (message) => {
      clearTimeout(timer);
      resolve((dnsPacket.decode(message).answers ?? []).length > 0);
    });
    socket.send(query, port, '127.0.0.1');
  }).finally(() => socket.close());
}
