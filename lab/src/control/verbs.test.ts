import { DrError } from '@novacron/contracts';
import { checkedRequest } from './verbs.js';

it('takes what it knows', () => {
  expect(checkedRequest({ site: 'dr', component: 'redis' })).toEqual({ site: 'dr', component: 'redis' });
  expect(checkedRequest({ site: 'dr', delayMs: 20 })).toEqual({ site: 'dr', delayMs: 20 });
  expect(checkedRequest({ site: 'dr', mode: 'active' })).toEqual({ site: 'dr', mode: 'active' });
});

it.each([
  [undefined, 'site'],
  [{ site: '../etc' }, 'site'],
  [{ site: 'dr', component: 'kernel' }, 'component'],
  [{ site: 'dr', delayMs: -1 }, 'delayMs'],
  [{ site: 'dr', delayMs: '5' }, 'delayMs'],
  [{ site: 'dr', mode: 'asleep' }, 'mode'],
])('refuses %j by the name of the field', (body, field) => {
  let thrown: unknown;
  try {
    checkedRequest(body);
  } catch (error) {
    thrown = error;
  }
  expect(DrError.from(thrown)).toMatchObject({ code: 'INVALID_MESSAGE', details: [{ path: field }] });
});
