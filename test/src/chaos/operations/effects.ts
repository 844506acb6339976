import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';

/**
 * A target in the outside world that survives whoever acts on it: a file for each effect, in which every time that it is
 * made or taken back is one line. It remembers the highest fencing token it has seen and refuses older ones.
 */
export class Effects {
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  isPresent(name: string): boolean {
    return this.lines(name).at(-1) === '+';
  }

  make(name: string, token: number): void {
    this.check(token);
    appendFileSync(this.file(name), '+\n');
  }

  /** Bears that the effect is not there. */
  takeBack(name: string, token: number): void {
    this.check(token);
    if (this.isPresent(name)) appendFileSync(this.file(name), '-\n');
  }

  /** Everything that ever happened, by effect: `+-` was made and taken back, once each. */
  history(): Record<string, string> {
    const names = readdirSync(this.folder).filter((file) => file.endsWith('.effect'));
    return Object.fromEntries(
      names.sort().map((file) => [file, this.lines(file.slice(0, -'.effect'.length)).join('')]),
    );
  }

  private check(token: number): void {
    const file = join(this.folder, 'token');
    const seen = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    if (token < seen) throw new DrError('STALE_TOKEN', `token ${token} is older than ${seen}`);
    if (token > seen) writeFileSync(file, String(token));
  }

  private lines(name: string): string[] {
    const file = this.file(name);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  }

  private file(name: string): string {
    return join(this.folder, `${name}.effect`);
  }
}
