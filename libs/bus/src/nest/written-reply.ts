/**
 * A reply that its handler has written itself, for one that is too large to be checked and written anew for each question. It is
 * sent as it is: that it keeps the contract is the handler's promise, and belongs into a test of its own.
 */
export class WrittenReply {
  constructor(readonly text: string) {}
}
