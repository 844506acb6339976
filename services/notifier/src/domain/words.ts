import type { Incident } from './incident.js';

/**
 * Every phrase that people outside read about an incident, in one place, so that someone who minds the words can mind them all.
 * None names a host, a program or a person; none promises more than an event has confirmed.
 */
export const words = {
  opened: (kind: Incident['kind'], site: string): string =>
    ({
      outage: `We have found that the ${site} site does not answer. Our teams are working on it.`,
      redundancy: `The ${site} site, a standby, does not answer. The service itself is not affected.`,
      degradation: `Parts of the ${site} site do not work, or only slowly.`,
    })[kind],
  joined: (site: string): string => `The ${site} site is affected too.`,
  calm: 'all parts work again; watching whether it lasts',
  steady: 'All parts have worked for a while: the trouble is over.',
  grown: 'It has become a larger incident, which is told on its own.',
  decided: (target: string | undefined): string =>
    target === undefined
      ? 'We have decided to move the service to another site.'
      : `We are moving the service to the ${target} site.`,
  moving: (target: string | undefined): string =>
    `moving the service to ${target === undefined ? 'another site' : `the ${target} site`}`,
  restoredOn: (site: string): string => `The service runs again, on the ${site} site. It was checked from outside.`,
  moved: (site: string): string => `the service was moved to the ${site} site and checked from outside`,
  statusRestored: (site: string): string => `service restored on ${site}`,
  preparingReturn: (site: string): string => `preparing the return to the ${site} site`,
  moveStopped: 'Moving the service has stopped. Our engineers are finishing it by hand.',
  moveUndone: 'Moving the service did not succeed and was undone. Our engineers are working on it.',
  statusStopped: 'service still affected, engineers at work',
  byHand: 'engineers are finishing the repair by hand',
  siteWorks: (site: string): string =>
    `The ${site} site answers again. The service stays where it is until the return is prepared.`,
  recovered: (incident: Incident): string =>
    incident.kind === 'outage'
      ? `The ${incident.site} site works again.`
      : `The ${incident.site} site works again: protection is complete.`,
  returning: (site: string): string => `returning the service to the ${site} site`,
  returnBegun: (site: string): string => `The return to the ${site} site has begun. The service stays available.`,
  phaseDone: (title: string): string => `Done: ${title}.`,
  trafficIsHome: (site: string): string => `Traffic is back on the ${site} site, and watched.`,
  watching: 'watching the service after its return',
  home: (site: string): string => `The service runs on the ${site} site again. The incident is over.`,
  returnStopped: (site: string | undefined): string =>
    `The return has stopped. The service stays available${site === undefined ? '' : ` on the ${site} site`}.`,
  statusReturnStopped: (site: string | undefined): string =>
    site === undefined ? 'service available, return delayed' : `service available on ${site}, return delayed`,
} as const;
