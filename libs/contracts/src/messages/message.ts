/**
 * Base of every event, command, query and reply. Fields are declared on the subclass with class-validator decorators; the
 * constructor copies what it is given and checks nothing: {@link validate} does.
 */
export abstract class Message {
  constructor(fields?: object) {
    if (fields !== undefined) Object.assign(this, fields);
  }
}

/** The data of a message: what its constructor takes. */
export type Fields<T extends Message> = {
  [K in keyof T as T[K] extends (...args: never[]) => unknown ? never : K]: T[K];
};

/** A message's class, as the registry and the validator hold it. */
export interface MessageClass<T extends Message = Message> {
  new (fields: never): T;
  readonly name: string;
}
