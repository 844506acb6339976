export interface ReadinessCheck {
  readonly name: string;
  readonly ready: boolean;
  readonly reason?: string;
}

/** Why a part is not ready; undefined when it is. */
export type Probe = () => string | undefined;

/** Whether this process may be given work: every part that was added says so, and it is not stopping. */
export class Readiness {
  private readonly probes = new Map<string, Probe>();
  private stopping = false;

  add(name: string, probe: Probe): void {
    this.probes.set(name, probe);
  }

  /** Not ready from now on. */
  stop(): void {
    this.stopping = true;
  }

  checks(): ReadinessCheck[] {
    const found = [...this.probes].map(([name, probe]) => check(name, probe()));
    return this.stopping ? [...found, check('process', 'stopping')] : found;
  }
}

function check(name: string, reason: string | undefined): ReadinessCheck {
  return reason === undefined ? { name, ready: true } : { name, ready: false, reason };
}
