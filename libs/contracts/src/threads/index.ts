/** What code in a thread of its own may import of this package: the classes of the messages would cost each thread their memory. */
export { DrError, type ErrorReply } from '../errors/dr-error.js';
export { ByteSender, receivedBytes, release } from './byte-channel.js';
