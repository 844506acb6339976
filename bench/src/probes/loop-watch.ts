/**
 * Loaded into a process that is measured (`node --import`): says each second for how long its event loop was held at most in
 * it, in milliseconds of processor time of its own. What other programs take of a busy machine is not in it.
 */
let used = process.threadCpuUsage();
let longestMs = 0;

setInterval(() => {
  const { user, system } = process.threadCpuUsage(used);
  used = process.threadCpuUsage();
  longestMs = Math.max(longestMs, (user + system) / 1_000);
}, 5).unref();

setInterval(() => {
  process.stdout.write(`event loop held ${longestMs.toFixed(1)} ms\n`);
  longestMs = 0;
}, 1_000).unref();
