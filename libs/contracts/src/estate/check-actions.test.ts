import { checkActions } from './check-actions.js';
import type { Estate } from './estate.js';

const webhook = { url: 'http://10.0.0.1:9000/agent' };
const control = { start: ['ctl', 'start'], stop: ['ctl', 'stop'], status: ['ctl', 'status'] };

function estate(parts: {
  control?: object;
  fence?: object;
  application?: object;
  endpoint?: object;
  allow?: object;
}): Estate {
  return {
    databases: [{ members: [{ site: 'a', control: parts.control }] }],
    routing: { endpoints: parts.endpoint === undefined ? [] : [{ name: 'pool', ...parts.endpoint }] },
    failover: {
      fences: parts.fence === undefined ? [] : [{ site: 'a', ...parts.fence }],
      applications: parts.application === undefined ? [] : [{ site: 'a', ...parts.application }],
      allow: parts.allow,
    },
  } as unknown as Estate;
}

describe('the actions of an estate', () => {
  it.each([
    ['commands', { control, fence: { powerOff: ['off'], powerStatus: ['status'] } }],
    ['webhooks', { control: { webhook }, fence: { webhook }, application: { webhook }, endpoint: { webhook } }],
    ['an endpoint that a command tells', { endpoint: { command: ['point'] } }],
    ['a site without a power switch', { fence: {} }],
    ['what the allow-list names', { control, fence: { webhook }, allow: { programs: ['ctl'], hosts: ['10.0.0.1'] } }],
    ['a host with its port', { fence: { webhook }, allow: { programs: [], hosts: ['10.0.0.1:9000'] } }],
  ])('may be %s', (_title, parts) => {
    expect(checkActions(estate(parts))).toEqual([]);
  });

  it.each([
    ['an endpoint that nobody can tell', { endpoint: {} }, 'routing.endpoints[0]', 'needs command, or a webhook'],
    ['half a fence', { fence: { powerOff: ['off'] } }, 'failover.fences[0]', 'needs powerOff and powerStatus'],
    ['no way at all', { application: {} }, 'failover.applications[0]', 'needs activate and deactivate'],
    ['two ways at once', { application: { activate: ['x'], webhook } }, 'failover.applications[0]', 'which of them'],
    [
      'a program beside the list',
      { control, allow: { programs: ['other'], hosts: [] } },
      'databases[0].members[0].control.start',
      'runs ctl, which failover.allow.programs does not name',
    ],
    [
      'a host beside the list',
      { fence: { webhook }, allow: { programs: [], hosts: ['10.0.0.10', '10.0.0.1:80'] } },
      'failover.fences[0].webhook.url',
      'calls 10.0.0.1:9000',
    ],
  ])('may not be %s', (_title, parts, path, problem) => {
    const [first] = checkActions(estate(parts));
    expect(first).toMatchObject({ path, problem: expect.stringContaining(problem) as string });
  });
});
