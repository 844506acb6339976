import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const marks = ['touched', 'rewind', 'rebuild'] as const;

/** `touched`: data of the home site were about to be changed. `rewind`, `rebuild`: so they became those of a standby. */
export type RejoinMark = (typeof marks)[number];

/**
 * What was begun on a data directory, noted before it is touched: a rewind that was cut short leaves data that nothing but a
 * whole copy can repair, and no look at them would tell.
 */
export class RejoinMarker {
  constructor(
    private readonly root: string,
    private readonly operationId: string,
  ) {}

  async read(database: string): Promise<RejoinMark | undefined> {
    const text = await readFile(this.file(database), 'utf8').catch(() => '');
    return marks.find((mark) => mark === text);
  }

  async write(database: string, mark: RejoinMark): Promise<void> {
    const file = this.file(database);
    await mkdir(join(this.root, this.operationId), { recursive: true, mode: 0o700 });
    await writeFile(`${file}.part`, mark, { flush: true });
    await rename(`${file}.part`, file);
  }

  private file(database: string): string {
    return join(this.root, this.operationId, `rejoin-${database}`);
  }
}
