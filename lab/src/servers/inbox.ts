import { compiled, type LabFolders } from '../layout/folders.js';
import type { LabPorts } from '../layout/ports.js';
import type { LabPrograms } from '../layout/programs.js';
import { SupervisedProcess } from '../processes/supervised-process.js';

const program = compiled('inbox/main.js');

/** Where all mail and all webhooks of the lab's estate end up. */
export async function startInbox(options: {
  readonly ports: LabPorts;
  readonly folders: LabFolders;
  readonly programs: LabPrograms;
  /** Given the server before it starts: from then on someone has to stop it. */
  readonly register: (server: SupervisedProcess) => void;
}): Promise<void> {
  const { ports, folders, programs, register } = options;
  const inbox = new SupervisedProcess({
    spec: {
      name: 'inbox',
      program: programs.node,
      args: [program, folders.inbox, String(ports.inboxSmtp), String(ports.inboxHttp)],
      cwd: folders.root,
      logFile: folders.log('inbox'),
    },
  });
  register(inbox);
  const server = await inbox.start();
  const url = `http://127.0.0.1:${ports.inboxHttp}/messages`;
  await server.ready(async () => (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok);
}
