const messageLines = 4;

/** A reporter that says at once how each case went: Jest waits for the end of a file, which may be an hour away. */
export default class EachCase {
  /** @param {unknown} _test @param {{ fullName: string, status: string, duration?: number | null, failureMessages: string[] }} result */
  onTestCaseResult(_test, { fullName, status, duration, failureMessages }) {
    if (status === 'pending') return;
    console.log(`${status}  ${((duration ?? 0) / 1000).toFixed(1)} s  ${fullName}`);
    for (const message of failureMessages) console.log(message.split('\n', messageLines).join('\n'));
  }
}
