/** `point-in-time` or `customer_success` as people read it: `point in time`. */
export function readable(name: string): string {
  return name.replaceAll(/[-_]/gu, ' ');
}
