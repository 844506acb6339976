import { DrError } from '@novacron/contracts';

/** Events are facts, not files: what is larger belongs into a store, with a reference in the event. */
export const maxEventBytes = 256 * 1024;
/** Deeper JSON is no message of ours, and would overflow the stack of whoever walks it. */
const maxDepth = 64;
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * The JSON value of a body; an empty body is an empty object, so that `nats req SUBJECT ''` asks without parameters.
 * @throws DrError INVALID_MESSAGE when it is not UTF-8, not JSON, too large or nested too deeply.
 */
export function decodeBody(bytes: Uint8Array, maxBytes = 1024 * 1024): unknown {
  if (bytes.length === 0) return {};
  if (bytes.length > maxBytes) {
    throw invalid(`body of ${bytes.length} bytes is larger than ${maxBytes}`, `must be at most ${maxBytes} bytes`);
  }
  const text = decodeText(bytes);
  if (depthOf(text) > maxDepth) {
    throw invalid(`body is nested more than ${maxDepth} deep`, `must be nested at most ${maxDepth} deep`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw invalid('body is not JSON', 'must be JSON', error);
  }
}

function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw invalid('body is not UTF-8', 'must be UTF-8', error);
  }
}

/** The deepest nesting of arrays and objects, counted without recursion and without trusting that it is JSON. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) {
      inString = true;
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
    }
  }
  return deepest;
}

function invalid(message: string, problem: string, cause?: unknown): DrError {
  return new DrError('INVALID_MESSAGE', message, { details: [{ path: '', problem }], cause });
}
