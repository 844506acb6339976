/** Whether the first column of the first row is what is expected; why not, where it is not. */
export function sqlProblem(rows: readonly Readonly<Record<string, unknown>>[], expected: string | undefined) {
  const [row] = rows;
  if (row === undefined) return 'gave no row';
  const [value] = Object.values(row);
  const text = textOf(value);
  if (expected !== undefined) return text === expected ? undefined : `gave ${text}, not ${expected}`;
  const isThere = value !== null && value !== undefined && value !== false && value !== 0 && text !== '0';
  return isThere ? undefined : `gave ${text}`;
}

/** Whether an HTTP answer is what is expected; why not, where it is not. */
export function httpProblem(
  answer: { readonly status: number; readonly body: string },
  { expectStatus, expectBody }: { readonly expectStatus?: readonly number[]; readonly expectBody?: string },
): string | undefined {
  const { status, body } = answer;
  const isWell = expectStatus === undefined ? status >= 200 && status < 300 : expectStatus.includes(status);
  if (!isWell) return `was answered with ${status}`;
  if (expectBody !== undefined && !body.includes(expectBody)) return 'was answered without the text it expects';
  return undefined;
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (value === null || value === undefined) return 'null';
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean | bigint);
}
