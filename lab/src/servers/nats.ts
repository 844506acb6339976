import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { LabFolders } from '../layout/folders.js';
import type { LabPorts } from '../layout/ports.js';
import type { LabPrograms } from '../layout/programs.js';
import { SupervisedProcess } from '../processes/supervised-process.js';

/** The bus: one server, every message on disk before it is acknowledged (its default is every two minutes). */
export async function startNats(options: {
  readonly ports: LabPorts;
  readonly folders: LabFolders;
  readonly programs: LabPrograms;
  /** Given the server before it starts: from then on someone has to stop it. */
  readonly register: (server: SupervisedProcess) => void;
}): Promise<void> {
  const { ports, folders, programs, register } = options;
  const config = `
server_name: "lab"
listen: "127.0.0.1:${ports.nats}"
jetstream {
  store_dir: ${JSON.stringify(folders.nats)}
  sync_interval: "always"
}
`;
  const configFile = join(folders.nats, 'nats-server.conf');
  await mkdir(folders.nats, { recursive: true });
  await writeFile(configFile, config);
  const nats = new SupervisedProcess({
    spec: {
      name: 'nats',
      program: programs.natsServer,
      args: ['--config', configFile],
      cwd: folders.nats,
      logFile: folders.log('nats'),
    },
  });
  register(nats);
  const server = await nats.start();
  await server.ready(() => accepts(ports.nats));
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const answer = (value: boolean) => (): void => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', answer(true));
    socket.once('error', answer(false));
  });
}
