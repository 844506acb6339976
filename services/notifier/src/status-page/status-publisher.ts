import type { Logger } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import { writeStatusFiles } from './status-files.js';
import { statusHtml } from './status-html.js';
import { statusJson, summaryJson } from './status-json.js';
import type { StatusSnapshot } from './status-snapshot.js';

export interface RenderedStatus {
  readonly snapshot: StatusSnapshot;
  /** By path: `index.html`, `api/v2/status.json`, `api/v2/summary.json`. */
  readonly files: Readonly<Record<string, string>>;
}

const settleMs = 50;
const renewMs = 60_000;

/** Renders the page on every change and once a minute, and keeps it as files where the estate asks for that. */
export class StatusPublisher {
  private rendered: RenderedStatus;
  private soon: NodeJS.Timeout | undefined;
  private readonly renewal: NodeJS.Timeout;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly look: () => StatusSnapshot,
    private readonly folder: string | undefined,
    private readonly logger: Logger,
  ) {
    this.rendered = renderStatus(look());
    this.write();
    this.renewal = setInterval(() => this.publish(), renewMs);
  }

  get current(): RenderedStatus {
    return this.rendered;
  }

  /** Something changed: rendered in a moment, once for many changes. */
  changed(): void {
    this.soon ??= setTimeout(() => this.publish(), settleMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.renewal);
    clearTimeout(this.soon);
    this.publish();
    clearTimeout(this.soon);
    await this.writing;
  }

  private publish(): void {
    clearTimeout(this.soon);
    this.soon = undefined;
    this.rendered = renderStatus(this.look());
    this.write();
  }

  private write(): void {
    const { folder, rendered } = this;
    if (folder === undefined) return;
    this.writing = this.writing
      .then(() => writeStatusFiles(folder, rendered.files))
      .catch((error: unknown) => {
        this.logger.error('status page cannot be written', { reason: DrError.from(error).message });
      });
  }
}

export function renderStatus(snapshot: StatusSnapshot): RenderedStatus {
  return {
    snapshot,
    files: {
      'index.html': statusHtml(snapshot),
      'api/v2/status.json': `${JSON.stringify(statusJson(snapshot), undefined, 2)}\n`,
      'api/v2/summary.json': `${JSON.stringify(summaryJson(snapshot), undefined, 2)}\n`,
    },
  };
}
