import { Count, Flag, Name, NonEmptyText, OneOf } from '../messages/fields.js';
import { CommandLine, Duration, Maybe, Statuses } from './fields.js';

/**
 * What a site must have to take over, looked up before anything is touched. A planned move to a site that is short of it is
 * refused; for an unplanned failover `whenShort` decides.
 */
export class TargetRequirements {
  /** `max_connections` of its database server; as many as the primary has unless given. */
  @Maybe() @Count() minimumConnections?: number;
  /**
   * Free where its database keeps its data, 1 GiB unless given; looked up where the failover service can reach the data directory, or
   * else by the agent of the member's `control`.
   */
  @Maybe() @Count() minimumFreeBytes?: number;
  /** What it may have received and not replayed yet, which a promotion waits for; 16 MiB unless given. */
  @Maybe() @Count() maximumReplayBytes?: number;
  /** How far its clock may be from the failover service's; 2 s unless given. */
  @Maybe() @Duration() maximumClockOffset?: string;
  /** What a free disk counts as of which nobody can tell: `record` (the usual way) says so, `short` counts it as too little. */
  @Maybe() @OneOf(['record', 'short']) whenUnknown?: 'record' | 'short';
  /** `record` (the usual way) moves service all the same and says what is short; `ask` asks a human before. */
  @Maybe() @OneOf(['record', 'ask']) whenShort?: 'record' | 'ask';
}

export const smokeTestKinds = ['sql', 'http', 'command'] as const;

/**
 * Something that must work on the new primary's site, tried until it does or its time is over. Before the first write, where a
 * failure takes the move back: in a planned move all of them, in an unplanned failover those of kind sql, since customers wait. The
 * others, and those that write, after it. In `url`, `sql` and the words of `command`, `{site}` becomes the new site's name.
 */
export class SmokeTest {
  @Name() name!: string;
  @OneOf(smokeTestKinds) kind!: (typeof smokeTestKinds)[number];
  /** sql: a database of this file; its server on the new site is asked. */
  @Maybe() @Name() of?: string;
  /** sql: one statement. */
  @Maybe() @NonEmptyText(4000) sql?: string;
  /** sql: the first column of the first row, as text; unless given it must be there and neither null, false nor 0. */
  @Maybe() @NonEmptyText(500) expectValue?: string;
  /** http: answered to a GET. */
  @Maybe() @NonEmptyText(2000) url?: string;
  /** http: the statuses that are well; any of 200 to 299 unless given. */
  @Maybe() @Statuses() expectStatus?: number[];
  /** http: text that must stand in the body. */
  @Maybe() @NonEmptyText(1000) expectBody?: string;
  /** command: ends with 0; it finds DR_SITE, DR_EPOCH and DR_OPERATION in its environment. */
  @Maybe() @CommandLine() command?: string[];
  /** How long it is tried: 10 s unless given, for SQL 5 s. */
  @Maybe() @Duration() timeout?: string;
  /** It writes to the database: tried after the opening. */
  @Maybe() @Flag() writes?: boolean;
}
