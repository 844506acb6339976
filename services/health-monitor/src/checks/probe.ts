/**
 * A check type: one look at one target. To add one, write a class with this method in this folder, name its kind in the
 * contracts' `checkKinds`, and add a line to `probe-for.ts`. For example:
 *
 * ```ts
 * export class FileProbe implements Probe {
 *   constructor(private readonly path: string) {}
 *   async probe(): Promise<void> {
 *     await access(this.path);
 *   }
 * }
 * ```
 */
export interface Probe {
  /**
   * Resolves when the target is well; everything else is thrown. A DrError of code INVALID_CONFIG or PROGRAM_MISSING says
   * that the target was not judged because our own settings (a login, a program) do not fit: that is reported as degraded,
   * never as failed. Any other error is a failure, its message the reason.
   *
   * Each look uses a connection of its own, so that it says something about now, and leaves it when the signal aborts: what
   * goes on after that is nobody's.
   */
  probe(signal: AbortSignal): Promise<void>;
}
