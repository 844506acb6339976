export interface ParsedMail {
  readonly subject: string;
  /** The plain text; of a message of several parts, its first text part. */
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads a mail (RFC 5322, MIME) as far as a person would: headers, subject, plain text. */
export function parseMail(raw: string): ParsedMail {
  const { headers, body } = splitPart(raw);
  return { subject: decodeWords(headers['subject'] ?? ''), text: plainText(headers, body), headers };
}

function splitPart(raw: string): { headers: Record<string, string>; body: string } {
  const [head = '', ...rest] = raw.replaceAll('\r\n', '\n').split('\n\n');
  const headers: Record<string, string> = {};
  // A line that begins with a blank continues the one before.
  for (const line of head.replaceAll(/\n[ \t]+/gu, ' ').split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { headers, body: rest.join('\n\n') };
}

function plainText(headers: Record<string, string>, body: string): string {
  const type = headers['content-type'] ?? 'text/plain';
  const boundary = /boundary="?([^";]+)"?/iu.exec(type)?.[1];
  if (/^multipart\//iu.test(type) && boundary !== undefined) {
    const parts = body
      .split(`--${boundary}`)
      .slice(1, -1)
      .map((part) => splitPart(part.replace(/^\n/u, '')));
    const text = parts.find((part) =>
      /^(text\/plain|multipart\/)/iu.test(part.headers['content-type'] ?? 'text/plain'),
    );
    return text === undefined ? '' : plainText(text.headers, text.body);
  }
  return decodeBody(headers['content-transfer-encoding'], body).trimEnd();
}

function decodeBody(encoding: string | undefined, body: string): string {
  if (/base64/iu.test(encoding ?? '')) return Buffer.from(body, 'base64').toString('utf8');
  return /quoted-printable/iu.test(encoding ?? '') ? unquote(body.replaceAll(/=\n/gu, '')) : body;
}

/** `=?utf-8?Q?…?=` and `=?utf-8?B?…?=` (RFC 2047). */
function decodeWords(text: string): string {
  return text
    .replaceAll(/\?=\s+=\?/gu, '?==?')
    .replaceAll(/=\?[^?]+\?([QB])\?([^?]*)\?=/giu, (_, kind: string, encoded: string) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(encoded, 'base64').toString('utf8')
        : unquote(encoded.replaceAll('_', ' ')),
    );
}

function unquote(text: string): string {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  const decoded = bytes.replaceAll(/=([0-9A-F]{2})/giu, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(decoded, 'latin1').toString('utf8');
}
