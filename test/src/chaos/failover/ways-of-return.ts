import type { Return } from './return-case.js';

const usual: Return = {
  ...{ how: 'revived', moment: 'after the failover', network: 'up', router: 'right', service: 'alive', agent: 'on' },
};
const byHand: Return = { ...usual, how: 'started by hand' };
const frozen: Return = { ...usual, how: 'frozen and continued', agent: 'off' };
const cutOff: Return = { ...usual, how: 'cut off and healed', agent: 'off' };

/** Every way of returning, with each of the others' settings at least once; those without an agent leave us only the database itself. */
export const waysOfReturn: readonly Return[] = [
  { ...usual, router: 'wrong' },
  { ...usual, moment: 'during it', service: 'dead' },
  { ...usual, network: 'down', service: 'dead', router: 'wrong' },
  byHand,
  { ...byHand, router: 'wrong', service: 'dead' },
  { ...byHand, network: 'down', router: 'wrong' },
  { ...byHand, moment: 'during it' },
  { ...byHand, moment: 'during it', service: 'dead', router: 'wrong', network: 'down' },
  { ...byHand, agent: 'off', router: 'wrong' },
  { ...frozen, router: 'wrong' },
  { ...frozen, moment: 'during it', service: 'dead' },
  { ...frozen, network: 'down', agent: 'on' },
  { ...cutOff, router: 'wrong' },
  { ...cutOff, moment: 'during it', agent: 'on' },
  { ...cutOff, service: 'dead' },
];

/** For a test's title. */
export function described({ how, moment, network, router, service, agent }: Return): string {
  const others = [
    ...(network === 'down' ? ['its network down'] : []),
    ...(router === 'wrong' ? ['the router pointing at it'] : []),
    ...(service === 'dead' ? ['the failover service dead'] : []),
    ...(agent === 'off' ? ['no agent'] : []),
  ];
  return [`${how} ${moment}`, ...others].join(', ');
}
