import { Name, NonEmptyText, Optional, Text } from '../fields.js';
import { Message } from '../message.js';

/** Says yes to an operation that waits for a human. */
abstract class ApproveOperation extends Message {
  @Name() operationId!: string;
  /** Who approves; two persons must differ where policy asks for two. */
  @NonEmptyText(200) by!: string;
  @Optional() @Text(1000) comment?: string;
}

/** Stops an operation: undone before the point of no return, refused after it. */
abstract class AbortOperation extends Message {
  @Name() operationId!: string;
  @NonEmptyText(1000) reason!: string;
  @Optional() @NonEmptyText(200) by?: string;
}

/** Asks for the state of one operation, or of everything. */
abstract class StatusOf extends Message {
  @Optional() @Name() operationId?: string;
}

export { AbortOperation, ApproveOperation, StatusOf };
