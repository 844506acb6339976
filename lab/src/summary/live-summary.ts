import { setTimeout as delay } from 'node:timers/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { LoadClient } from '../app/load-client.js';
import { statusTable } from '../commands/status-table.js';
import { labStatus } from '../control/lab-status.js';
import type { Lab } from '../lab.js';

const refreshEveryMs = 1_000;
/** Without a terminal only what changes is worth a line, and a sign of life now and then. */
const plainEveryMs = 30_000;
const shownEvents = 6;

/** What a person who watches a lab wants to see: every site, what the customers get, the last events. */
export class LiveSummary {
  private readonly events: string[] = [];
  private bus?: NatsConnection;

  constructor(
    private readonly lab: Lab,
    private readonly load: LoadClient,
  ) {}

  /** Shows until the signal is aborted: a table that renews itself on a terminal, plain lines elsewhere. */
  async show(signal: AbortSignal): Promise<void> {
    const interactive = process.stdout.isTTY;
    await this.listen(interactive);
    let drawn = 0;
    let lastPlain = Number.NEGATIVE_INFINITY;
    let lastTable = '';
    while (!signal.aborted) {
      const table = statusTable(await labStatus(this.lab));
      if (interactive) drawn = this.draw(table, drawn);
      else {
        // Bytes to replay, and with them the columns' widths, change with every look; what the sites are does not.
        const stable = table.replaceAll(/\d+ bytes| +/gu, ' ');
        if (stable !== lastTable || performance.now() - lastPlain > plainEveryMs) {
          console.log(`${table}\n${this.customers()}\n`);
          lastPlain = performance.now();
        }
        lastTable = stable;
      }
      await delay(refreshEveryMs, undefined, { signal }).catch(() => undefined);
    }
    await this.bus?.close();
  }

  private draw(table: string, linesBefore: number): number {
    const lines = [...table.split('\n'), this.customers(), '', ...this.events];
    const width = process.stdout.columns || 120;
    const up = linesBefore === 0 ? '' : `\u001B[${linesBefore}A`;
    process.stdout.write(`${up}${lines.map((line) => `\u001B[2K${line.slice(0, width - 1)}\n`).join('')}\u001B[J`);
    return lines.length;
  }

  private customers(): string {
    const rows = this.load.acknowledged();
    const last = rows.at(-1);
    const silenceMs = last === undefined ? 0 : Date.now() - last.at;
    const silence = silenceMs > 1_000 ? `, none for ${(silenceMs / 1000).toFixed(0)} s` : '';
    return `customers: ${rows.length} rows acknowledged, ${this.load.failed} refused${silence}`;
  }

  /** A person only watches: what the bus does not deliver is not missed. */
  private async listen(interactive: boolean): Promise<void> {
    const { nats, estate } = this.lab.file();
    this.bus = await connect({ servers: nats.url, name: 'lab summary', maxReconnectAttempts: -1 });
    this.bus.subscribe(`dr.${estate}.event.>`, {
      callback: (error, message) => {
        if (error !== null) return;
        const line = eventLine(message.subject, message.string());
        this.events.push(line);
        if (this.events.length > shownEvents) this.events.shift();
        if (!interactive) console.log(line);
      },
    });
  }
}

/** What tells one event from the next of its kind, in the first of these fields that it has. */
const tellingFields = ['title', 'phase', 'step', 'reason', 'audience', 'channel', 'backupId', 'site'];

function eventLine(subject: string, body: string): string {
  const [, , , service, name, entity] = subject.split('.');
  const data = JSON.parse(body) as Record<string, unknown>;
  const telling = tellingFields.map((field) => data[field]).find((value) => typeof value === 'string');
  const time = new Date().toISOString().slice(11, 23);
  return [time, service, name, entity, telling === entity ? undefined : telling].filter(Boolean).join('  ');
}
