import { HealthDegraded, SiteLost } from '@novacron/contracts';

const about = (site: string, reason: string) => ({
  site,
  episode: 1,
  since: new Date().toISOString(),
  reason,
  evidence: [],
});

/** A standby is lost: an incident of its own, told to our people. */
export function standbyLost(number: number): SiteLost {
  return lost(`standby-${number}`);
}

/** The site that carries the service is lost: told to everyone. */
export function homeLost(): SiteLost {
  return lost('primary');
}

function lost(site: string): SiteLost {
  return new SiteLost({
    ...about(site, 'it does not answer'),
    failedChecks: ['postgres'],
    vantagesAgreeing: 3,
    vantagesSeeing: 3,
    confidence: 0.95,
  });
}

export function degraded(number: number): HealthDegraded {
  return new HealthDegraded({ ...about(`site-${number % 100}`, 'slow'), checks: ['postgres'] });
}
