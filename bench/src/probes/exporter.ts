import { Agent, get } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, freePort } from '@novacron/bus/testing';
import { Child } from './child.js';
import { debianProgram } from './web-server.js';

/** How many probes are asked for at once: enough to keep it busy. */
const atOnce = 16;

/** blackbox_exporter, asked over kept connections; what asks it is not counted as its own. */
export class Exporter {
  private constructor(
    private readonly child: Child,
    private readonly port: number,
    private readonly agent: Agent,
  ) {}

  static async start(folder: string): Promise<Exporter> {
    const program = debianProgram('prometheus-blackbox-exporter', 'prometheus-blackbox-exporter');
    const configuration = join(folder, 'blackbox.yml');
    writeFileSync(
      configuration,
      'modules: { well: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, method: GET } } }\n',
    );
    const port = await freePort();
    const child = await Child.start(
      program,
      [`--config.file=${configuration}`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'],
      // Threads of Go's on one core, as Node's is one.
      { GOMAXPROCS: '1' },
    );
    await eventually(async () => (await fetch(`http://127.0.0.1:${port}/-/healthy`)).ok, { what: child.output });
    return new Exporter(child, port, new Agent({ keepAlive: true, maxSockets: atOnce }));
  }

  /** Probes of a target for so long, by second of processor time. */
  async probesPerCpuSecond(target: string, lengthMs: number): Promise<number> {
    const before = this.child.cpuSeconds();
    const until = performance.now() + lengthMs;
    let probes = 0;
    const ask = async (): Promise<void> => {
      while (performance.now() < until) {
        if (!(await this.probe(target))) throw new Error('blackbox_exporter found the server not well');
        probes += 1;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, ask));
    return probes / (this.child.cpuSeconds() - before);
  }

  async stop(): Promise<void> {
    this.agent.destroy();
    await this.child.kill();
  }

  private probe(target: string): Promise<boolean> {
    const url = `http://127.0.0.1:${this.port}/probe?module=well&target=${encodeURIComponent(target)}`;
    return new Promise((resolve, reject) => {
      const request = get(url, { agent: this.agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve(text.includes('\nprobe_success 1\n')));
      });
      request.on('error', reject);
    });
  }
}
