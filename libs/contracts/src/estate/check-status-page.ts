import type { Estate } from './estate.js';

type Add = (path: string, problem: string) => void;

const neededBy = {
  folder: ['path'],
  s3: ['bucket', 'accessKeyId', 'secretAccessKey'],
  webhook: ['url', 'signingSecret'],
} as const;

/** What the status page's fields cannot tell each by itself. */
export function checkStatusPage(estate: Estate, add: Add): void {
  const page = estate.communication.statusPage;
  const path = 'communication.statusPage';
  checkGroups(estate, add);
  const names = new Set<string>();
  page.places?.forEach((place, i) => {
    if (names.has(place.name)) add(`${path}.places[${i}].name`, `${place.name} stands here a second time`);
    names.add(place.name);
    for (const field of neededBy[place.kind]) {
      if (place[field] === undefined) add(`${path}.places[${i}]`, `a place of kind ${place.kind} needs ${field}`);
    }
  });
  page.languages?.forEach((language, i) => {
    if (!/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/u.test(language))
      add(`${path}.languages[${i}]`, 'must be a language tag such as en or pt-BR');
    else if (page.languages?.indexOf(language) !== i)
      add(`${path}.languages[${i}]`, `${language} stands here a second time`);
  });
  if (page.languages?.length === 0) add(`${path}.languages`, 'must name a language, or be left out');
  if (page.supportUrl !== undefined && !/^(?:https?:\/\/|mailto:)/u.test(page.supportUrl))
    add(`${path}.supportUrl`, 'must begin with https://, http:// or mailto:');
  if (page.publicUrl !== undefined && !isWebUrl(page.publicUrl))
    add(`${path}.publicUrl`, 'must be a URL such as https://status.example.com');
  const { subscriptions } = page;
  if (subscriptions === undefined) return;
  const channel = estate.communication.channels.find((one) => one.name === subscriptions.channel);
  if (channel?.kind !== 'email') add(`${path}.subscriptions.channel`, 'must name a channel of kind email');
  if (!isWebUrl(subscriptions.url)) add(`${path}.subscriptions.url`, 'must begin with https:// or http://');
}

function checkGroups(estate: Estate, add: Add): void {
  const { groups } = estate.communication.statusPage;
  const services = new Set(estate.services.map((service) => service.name));
  const sites = new Set(estate.sites.map((site) => site.name));
  const components = new Set<string>();
  groups?.forEach((group, g) =>
    group.components.forEach((component, c) => {
      const path = `communication.statusPage.groups[${g}].components[${c}]`;
      if (components.has(component.name)) add(`${path}.name`, `${component.name} stands here a second time`);
      components.add(component.name);
      if (component.services.length === 0) add(`${path}.services`, 'must name a service');
      component.services.forEach((service, s) => {
        if (!services.has(service))
          add(`${path}.services[${s}]`, `names service ${service}, which this file does not have`);
      });
      if (component.site !== undefined && !sites.has(component.site))
        add(`${path}.site`, `names site ${component.site}, which this file does not have`);
    }),
  );
}

function isWebUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/u.test(new URL(text).protocol);
}
