/** How often the active site's replication is looked at, milliseconds: what is lost between two looks nobody has counted. */
export const lookEveryMs = 1_000;
