/** The parts of the HTTP library's request and answer that are used here. */
export interface Request {
  readonly originalUrl: string;
  readonly rawBody?: Buffer;
}

export interface Answer {
  status(code: number): Answer;
  type(contentType: string): Answer;
  send(body: string): void;
}

/** The body as it was signed. */
export function bodyOf({ rawBody }: Request): string {
  return rawBody?.toString('utf8') ?? '';
}

/** What the text says; an empty object where it is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
