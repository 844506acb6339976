import { replicationSource } from '@novacron/drivers';
import { type DatabaseTarget, type FailoverTargets, memberOn } from './failover-targets.js';

const callTimeoutMs = 2_000;
const startTimeoutMs = 60_000;

/**
 * A server whose promotion was taken back is a standby again: wound back to the old primary where that serves, else as it is, so
 * that it can be promoted once more. Returns what it has become, for people.
 */
export async function bringBack(
  targets: FailoverTargets,
  { settings, members }: DatabaseTarget,
  { from, site, signal }: { readonly from: string; readonly site: string; readonly signal: AbortSignal },
): Promise<string> {
  const member = memberOn({ settings, members }, site);
  const { control, dataDir } = member.options;
  if (control === undefined || (await control.isRunning(signal))) return 'was not touched';
  if (dataDir === undefined) return 'is stopped, and its data are not within reach from here';
  const primary = members.get(from);
  const status = await primary?.status({ signal, timeoutMs: callTimeoutMs }).catch(() => undefined);
  const source = replicationSource(settings, from, site, targets.context);
  const serves = primary !== undefined && status?.inRecovery === false;
  if (serves) await member.rewindFrom({ access: primary.options, replication: source }, { signal });
  else await member.becomeStandbyOf(source);
  await member.start({ signal, timeoutMs: startTimeoutMs });
  await member.stayStandby({ signal });
  return serves ? `follows ${from} again` : 'is a standby again, and follows nobody';
}
