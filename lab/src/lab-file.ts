import { rename, writeFile } from 'node:fs/promises';

/** `.lab/lab.json`: where everything of a running lab is (DESIGN §6). A pid is null while its program is down. */
export interface LabFile {
  readonly estate: string;
  readonly nats: { readonly url: string; readonly options: Readonly<Record<string, unknown>> };
  readonly statusPage: { readonly url: string };
  readonly inbox: { readonly url: string };
  readonly router: { readonly http: string; readonly postgres: string };
  readonly dns: { readonly server: string; readonly zone: string };
  readonly sites: Readonly<Record<string, LabFileSite>>;
  readonly services: Readonly<Record<string, readonly { readonly pid: number | null; readonly healthUrl: string }[]>>;
}

export interface LabFileSite {
  readonly postgres?: { readonly url: string; readonly pid: number | null; readonly dataDir: string };
  readonly redis?: { readonly url: string; readonly pid: number | null };
  readonly s3: {
    readonly endpoint: string;
    readonly bucket: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  readonly app?: { readonly url: string; readonly pids: readonly number[] };
}

/** Keeps the file as the lab is: one write at a time, each of the newest state, never half of it. */
export class LabFileWriter {
  private writing: Promise<void> = Promise.resolve();
  private asked = false;

  constructor(
    private readonly path: string,
    private readonly content: () => LabFile,
  ) {}

  /** Soon; changes at one moment become one write. */
  changed(): void {
    if (this.asked) return;
    this.asked = true;
    this.writing = this.writing.then(() => this.write()).catch(() => undefined);
  }

  /** Resolves when what is known now is on disk. */
  async flush(): Promise<void> {
    this.changed();
    await this.writing;
  }

  private async write(): Promise<void> {
    this.asked = false;
    const text = JSON.stringify(this.content(), undefined, 2);
    await writeFile(`${this.path}.new`, `${text}\n`, { mode: 0o600 });
    await rename(`${this.path}.new`, this.path);
  }
}
