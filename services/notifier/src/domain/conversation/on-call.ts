import type { FrozenPlan, FrozenRotation } from './frozen-plan.js';

/** Who is on call at a time: an override, else the turn that the shifts have come to; nobody before the first shift. */
export function onCallAt(rotation: FrozenRotation, atMs: number): string | undefined {
  const { contacts, startMs, shiftMs, overrides } = rotation;
  const override = overrides.findLast((one) => one.fromMs <= atMs && atMs < one.untilMs);
  if (override !== undefined) return override.contact;
  if (atMs < startMs) return undefined;
  return contacts[Math.floor((atMs - startMs) / shiftMs) % contacts.length];
}

/** Contacts and whoever is on call in the rotations, each once. */
export function peopleAt(
  who: { readonly contacts: readonly string[]; readonly onCall: readonly string[] },
  rotations: FrozenPlan['rotations'],
  atMs: number,
): readonly string[] {
  if (who.onCall.length === 0) return who.contacts;
  const onCall = rotations
    .filter((rotation) => who.onCall.includes(rotation.name))
    .flatMap((rotation) => onCallAt(rotation, atMs) ?? []);
  return [...new Set([...who.contacts, ...onCall])];
}
