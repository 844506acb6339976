/** The value below which a share of the sorted samples lies (nearest rank). @throws RangeError without samples. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (found === undefined) throw new RangeError('no samples were measured');
  return found;
}

/** The middle sample; the mean of the middle two where their number is even. @throws RangeError without samples. */
export function median(samples: readonly number[]): number {
  return (
    (quantile(samples, 0.5) +
      -quantile(
        samples.map((sample) => -sample),
        0.5,
      )) /
    2
  );
}
