/** What a drill says while it runs: one line a phase, so that a log file reads as well as a terminal. */
export class Progress {
  constructor(private readonly write: (line: string) => void) {}

  begin(index: number, count: number, title: string): void {
    this.write(`[${String(index).padStart(2)}/${count}] ${title} …`);
  }

  end(index: number, count: number, durationMs: number, passed: boolean, detail: string): void {
    const mark = passed ? 'ok  ' : 'FAIL';
    this.write(`[${String(index).padStart(2)}/${count}] ${mark} ${seconds(durationMs)}  ${detail}`);
  }

  line(text: string): void {
    this.write(text);
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
