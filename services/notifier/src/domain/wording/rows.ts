/** A phrase by its English words: German, Spanish, French. */
export type Rows = Readonly<Record<string, readonly [german: string, spanish: string, french: string]>>;
