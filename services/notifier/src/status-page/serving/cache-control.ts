/** What a cache may do: hand out a page of the last half minute, and an old one rather than none. */
export const cacheControl = 'public, max-age=30, stale-while-revalidate=30, stale-if-error=86400';
