/** One way of using the bus, in this process. Both sides work on the same server and the same stream. */
export interface BusSide {
  readonly name: string;
  /** Says one fact that carries this number; resolved once the server has stored it. */
  publish(number: number): Promise<void>;
  /** Takes each event as it comes and acknowledges it once `onEvent` returned. */
  consume(onEvent: (number: number) => void): Promise<Consuming>;
  close(): Promise<void>;
}

export interface Consuming {
  /** Resolved once the server has heard of every acknowledgement so far. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** How many events a side may hold unacknowledged. */
export const heldEvents = 128;
