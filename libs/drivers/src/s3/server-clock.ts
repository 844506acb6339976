import type { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';

/** What time the server had when it last answered the command (milliseconds of the epoch), once it is sent; undefined when it did not say. */
export function serverClockOf(command: ListMultipartUploadsCommand): () => number | undefined {
  let answeredMs: number | undefined;
  command.middlewareStack.add(
    (next) => async (sent) => {
      const answer = await next(sent);
      const { headers = {} } = answer.response as { readonly headers?: Readonly<Record<string, string>> };
      const date = Date.parse(headers['date'] ?? '');
      answeredMs = Number.isNaN(date) ? undefined : date;
      return answer;
    },
    { step: 'deserialize', name: 'serverClock', priority: 'low' },
  );
  return () => answeredMs;
}
