/** A reporter that says at once how each case went: Jest waits for the end of a file, which may be an hour away. */
export default class EachCase {
  /** @param {unknown} _test @param {{ fullName: string, status: string, duration?: number | null }} result */
  onTestCaseResult(_test, { fullName, status, duration }) {
    if (status === 'pending') return;
    console.log(`${status}  ${((duration ?? 0) / 1000).toFixed(1)} s  ${fullName}`);
  }
}
