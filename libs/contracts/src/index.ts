export { type ErrorCode, type ErrorCodeEntry, errorCodes } from './errors/error-codes.js';
export { DrError, type DrErrorOptions, type ErrorReply, type ProblemDetail } from './errors/dr-error.js';
export { type Fields, Message, type MessageClass } from './messages/message.js';
export { type ServiceName, serviceNames } from './messages/service-name.js';
export { type Contract, type EventContract, kebabCase, type RequestContract } from './messages/contract.js';
export { type Delivered } from './messages/delivered.js';
export { type Strictness, validate } from './messages/validate.js';
export { type ObjectInfo, type ObjectStore } from './ports/object-store.js';
export {
  deadLetterSubject,
  durableName,
  eventFilter,
  eventSubject,
  notificationSubject,
  observationSubject,
  operationSubject,
  requestSubject,
  token,
} from './subjects/subjects.js';
export { type BucketContract, buckets, type StreamContract, streams } from './subjects/streams.js';
