/** The names under which the runbooks that move service are started and shown. */
export const runbookOf = { planned: 'switchover', unplanned: 'failover' } as const;
