/**
 * A reporter that says which suites run for longer than they should: should one never end, and the whole run be ended for it,
 * the last lines name it.
 */
const longMs = 5 * 60_000;

export default class LongSuites {
  /** @type {Map<string, NodeJS.Timeout>} */
  #running = new Map();

  /** @param {{ path: string }} test */
  onTestFileStart({ path }) {
    const startedMs = Date.now();
    const say = () =>
      console.error(`still running after ${Math.round((Date.now() - startedMs) / 60_000)} min: ${path}`);
    this.#running.set(path, setInterval(say, longMs).unref());
  }

  /** @param {{ path: string }} test */
  onTestFileResult({ path }) {
    clearInterval(this.#running.get(path));
    this.#running.delete(path);
  }
}
