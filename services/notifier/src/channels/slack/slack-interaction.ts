/** Somebody pressed the button of a message. */
export interface SlackAcknowledgement {
  readonly notificationId: string;
  readonly by: string;
  /** Slack's own time of the action: said twice, it is one. */
  readonly actionTs: string;
}

/** What an interaction says; undefined for everything that is no acknowledgement. */
export function acknowledgementIn(payload: unknown): SlackAcknowledgement | undefined {
  const { user, actions } = payload as {
    readonly user?: { readonly name?: unknown; readonly username?: unknown };
    readonly actions?: unknown;
  };
  if (!Array.isArray(actions)) return undefined;
  const action = (actions as { action_id?: unknown; value?: unknown; action_ts?: unknown }[]).find(
    (one) => one.action_id === 'acknowledge',
  );
  if (typeof action?.value !== 'string') return undefined;
  const by = [user?.name, user?.username].find((one): one is string => typeof one === 'string' && one !== '');
  return { notificationId: action.value, by: by ?? 'slack', actionTs: String(action.action_ts) };
}
