import { pollUntil } from '../command/poll.js';
import { requireProgram } from '../command/programs.js';
import { freePort, temporaryFolder } from './places.js';
import { type ServerProcess, serverProcess } from './server-process.js';

export interface MotoServer extends ServerProcess {
  readonly endpoint: string;
  readonly port: number;
}

/** AWS as moto has it, on loopback, with nothing in it. */
export async function startMoto(): Promise<MotoServer> {
  const dir = temporaryFolder('moto').path;
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const program = [
    `import sys; sys.path.insert(0, ${JSON.stringify(requireProgram('motoModules'))})`,
    `from moto.server import main; main(['-H', '127.0.0.1', '-p', '${port}'])`,
  ].join('\n');
  const server = await serverProcess(requireProgram('motoPython'), ['-E', '-s', '-B', '-c', program], dir);
  const answers = async (): Promise<true | undefined> =>
    fetch(`${endpoint}/moto-api/`, { signal: AbortSignal.timeout(1_000) }).then(
      () => true,
      () => undefined,
    );
  try {
    await pollUntil('moto', answers, { timeoutMs: 60_000 });
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { ...server, endpoint, port };
}
