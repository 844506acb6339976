export const serviceNames = ['health-monitor', 'failover', 'backup', 'restoration', 'notifier'] as const;

/** The five services; the name is also the token in subjects. */
export type ServiceName = (typeof serviceNames)[number];
