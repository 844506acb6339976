import { DeliverPolicy, type JetStreamClient, JetStreamApiError, type JetStreamManager } from '@nats-io/jetstream';
import { DrError, ledgerFilter, ledgerSealSubject, streams } from '@novacron/contracts';
import { chainHash, genesis, type LedgerBatch, type LedgerRecord, recordsIn } from './ledger-record.js';

/** A link over all records up to a place of the stream: whoever knows one can tell whether anything before it was changed. */
export interface Seal {
  /** The first and last place that it covers. */
  readonly from: number;
  readonly to: number;
  readonly records: number;
  /** The chain up to and with `to`. */
  readonly hash: string;
  readonly previous: string;
  /** RFC 3339. */
  readonly at: string;
}

const wrongRevision = 10_071;
const noMessage = 10_037;

/** Seals the ledger: reads what was written since the last seal, and adds the next. Of several processes one wins. */
export class Seals {
  constructor(
    private readonly jetstream: JetStreamClient,
    private readonly manager: JetStreamManager,
    private readonly estate: string,
    private readonly nowMs: () => number,
  ) {}

  /** The newest seal, made now where something is not covered yet; undefined for an empty ledger. @throws DrError BUS_UNAVAILABLE. */
  async seal(): Promise<Seal | undefined> {
    const subject = ledgerSealSubject(this.estate);
    const last = await this.last();
    const from = (last?.seal.to ?? 0) + 1;
    const covered = await this.chain(from, last?.seal.hash ?? genesis);
    if (covered.records === 0) return last?.seal;
    const previous = last?.seal.hash ?? genesis;
    const seal: Seal = { from, ...covered, previous, at: new Date(this.nowMs()).toISOString() };
    try {
      const expect = { lastSubjectSequence: last?.sequence ?? 0 };
      await this.jetstream.publish(subject, JSON.stringify(seal), { expect, timeout: 5_000 });
      return seal;
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === wrongRevision) return (await this.last())?.seal;
      throw new DrError('BUS_UNAVAILABLE', 'the ledger could not be sealed', { cause: error });
    }
  }

  private async last(): Promise<{ seal: Seal; sequence: number } | undefined> {
    try {
      const last_by_subj = ledgerSealSubject(this.estate);
      const found = await this.manager.streams.getMessage(streams.ledger.name, { last_by_subj });
      return found === null ? undefined : { seal: found.json<Seal>(), sequence: found.seq };
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === noMessage) return undefined;
      throw new DrError('BUS_UNAVAILABLE', 'the seals of the ledger could not be read', { cause: error });
    }
  }

  private async chain(from: number, start: string): Promise<{ to: number; records: number; hash: string }> {
    let hash = start;
    let to = from - 1;
    let records = 0;
    for await (const { record, sequence } of recordsFrom(this.jetstream, this.estate, from)) {
      hash = chainHash(hash, sequence, record.hash);
      to = sequence;
      records += 1;
    }
    return { to, records, hash };
  }
}

/** Every seal that is there now, in order. */
export async function readSeals(jetstream: JetStreamClient, estate: string): Promise<Seal[]> {
  const seals: Seal[] = [];
  for await (const { body } of stored(jetstream, ledgerSealSubject(estate), 1)) seals.push(body as Seal);
  return seals;
}

/** Every record from a place on that is there now, in the order of the stream. */
export async function* recordsFrom(
  jetstream: JetStreamClient,
  estate: string,
  from: number,
): AsyncGenerator<{ readonly record: LedgerRecord; readonly sequence: number }> {
  for await (const { body, sequence } of stored(jetstream, ledgerFilter(estate), from)) {
    for (const record of recordsIn(body as LedgerBatch | LedgerRecord)) yield { record, sequence };
  }
}

async function* stored(
  jetstream: JetStreamClient,
  filter: string,
  from: number,
): AsyncGenerator<{ readonly body: unknown; readonly sequence: number }> {
  const consumer = await jetstream.consumers.get(streams.ledger.name, {
    filter_subjects: [filter],
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Math.max(1, from),
  });
  let { num_pending: left } = await consumer.info();
  while (left > 0) {
    let got = 0;
    for await (const message of await consumer.fetch({ max_messages: Math.min(left, 500), expires: 5_000 })) {
      yield { body: message.json(), sequence: message.seq };
      got += 1;
    }
    if (got === 0) throw new DrError('BUS_UNAVAILABLE', 'the ledger could not be read to its end');
    left -= got;
  }
}
