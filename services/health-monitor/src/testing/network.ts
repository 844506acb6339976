import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { eventually } from '@novacron/bus/testing';
import { ordinaryUser } from '@novacron/drivers/testing';

/** Namespaces of users, networks and processes of one's own: not every machine gives them to an ordinary user. */
const unshare = ['-Urnpf', '--mount-proc', '--kill-child', 'sh'];

export function canMakeNetworks(): boolean {
  const tried = spawnSync(
    'unshare',
    [...unshare, '-c', 'ip link add end0 type veth peer name end1 && ip link add switch0 type bridge'],
    {
      ...ordinaryUser(),
      stdio: 'ignore',
    },
  );
  return tried.status === 0;
}

/** One end of a network of its own: a machine, as it were. */
export interface Place {
  readonly name: string;
  /** Of the network `10.77.0.0/24`, and by its last number in `10.77.1.0/24` too. */
  readonly address: string;
  readonly linkAddress: string;
}

/**
 * A network of machines that are namespaces on this one, behind one switch. Nothing in it reaches the machine's own network,
 * or is reached from there; all of it ends with the process that made it.
 */
export class Network {
  private asked = 0;
  private said = '';
  private readonly pids = new Map<string, string>();

  private constructor(private readonly shell: ChildProcess) {
    for (const stream of [shell.stdout, shell.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.said += text));
  }

  static async start(): Promise<Network> {
    const shell = spawn('unshare', unshare, { ...ordinaryUser(), stdio: ['pipe', 'pipe', 'pipe'] });
    process.once('exit', () => shell.kill('SIGKILL'));
    const network = new Network(shell);
    await network.ask('ip link set lo up && ip link add switch0 type bridge && ip link set switch0 up');
    return network;
  }

  async place(name: string): Promise<Place> {
    const last = 10 + this.pids.size;
    const pid = (await this.ask('unshare -n sleep 100000 & echo $!')).trim();
    // Until it has a network of its own, this would give the switch's away.
    await eventually(
      () => this.ask(`[ "$(readlink /proc/${pid}/ns/net)" != "$(readlink /proc/self/ns/net)" ]`).then(() => true),
      {
        timeoutMs: 30_000,
        what: `a network for ${name}`,
      },
    );
    this.pids.set(name, pid);
    await this.ask(
      `ip link add ${name} type veth peer name eth0 netns ${pid} && ip link set ${name} master switch0 up`,
    );
    await this.in(
      name,
      `ip link set lo up && ip addr add 10.77.0.${last}/24 dev eth0 && ip addr add 10.77.1.${last}/24 dev eth0 && ip link set eth0 up`,
    );
    return { name, address: `10.77.0.${last}`, linkAddress: `10.77.1.${last}` };
  }

  /** Starts a program at a place; what it prints goes to a file. */
  async run(
    place: string,
    words: readonly string[],
    env: Readonly<Record<string, string>>,
    logFile: string,
  ): Promise<void> {
    const settings = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`);
    const line = ['env', ...settings, ...words.map(quoted), `>${quoted(logFile)} 2>&1`].join(' ');
    await this.ask(`nsenter -t ${this.pids.get(place)} -n ${line} &`);
  }

  /** Unplugs a place from the switch, or plugs it in again: what is sent is lost without a word. */
  async plug(place: string, isIn: boolean): Promise<void> {
    await this.ask(`ip link set ${place} ${isIn ? 'up' : 'down'}`);
  }

  /** What one place sends to an address is lost, and comes again. */
  async lose(place: string, address: string): Promise<void> {
    await this.in(place, `ip neigh replace ${address} lladdr 02:00:00:00:00:01 dev eth0 nud permanent`);
  }

  async find(place: string, address: string): Promise<void> {
    await this.in(place, `ip neigh del ${address} dev eth0`);
  }

  async stop(): Promise<void> {
    this.shell.kill('SIGKILL');
    await eventually(() => this.shell.exitCode !== null || this.shell.signalCode !== null, { timeoutMs: 20_000 });
  }

  private in(place: string, command: string): Promise<string> {
    return this.ask(`nsenter -t ${this.pids.get(place)} -n sh -c ${quoted(command)}`);
  }

  /** What a command of the shell at the switch says. @throws Error when it fails. */
  private async ask(command: string): Promise<string> {
    const id = (this.asked += 1);
    const from = this.said.length;
    this.shell.stdin?.write(`${command}\necho "answer ${id} $?"\n`);
    const end = new RegExp(`^answer ${id} (?<status>\\d+)$`, 'mu');
    const found = await eventually(() => end.exec(this.said) ?? undefined, { timeoutMs: 30_000, what: command });
    const text = this.said.slice(from, found.index);
    if (found.groups?.['status'] !== '0') throw new Error(`${command}: ${text}`);
    return text;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
