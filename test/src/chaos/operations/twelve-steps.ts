import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrError } from '@novacron/contracts';
import type { Runbook, Step } from '@novacron/operations';
import { Effects } from './effects.js';

export interface TwelveStepsParams {
  /** Where the effects are. */
  readonly folder: string;
  /** The step that fails for good before its effect. */
  readonly failAt?: string;
  /** The step that, before its effect, says so by a file `entered` and waits for a file `go`, deaf to its signal. */
  readonly holdAt?: string;
}

export const entered = (folder: string): string => join(folder, 'entered');
export const go = (folder: string): string => join(folder, 'go');

/** Twelve steps in nine nodes, two of them groups, with a point of no return: each makes one effect and can take it back. */
export const twelveSteps: Runbook<TwelveStepsParams> = {
  name: 'twelve-steps',
  version: '1',
  nodes: [
    step('s01'),
    step('s02'),
    { name: 'first-group', parallel: [step('s03'), step('s04'), step('s05')] },
    step('s06'),
    step('s07'),
    { name: 'second-group', parallel: [step('s08'), step('s09')] },
    { ...step('s10'), pointOfNoReturn: true },
    step('s11'),
    step('s12'),
  ],
};

function step(name: string): Step<TwelveStepsParams, { wasPresent: boolean }, { effect: string }> {
  return {
    name,
    title: `makes effect ${name}`,
    timeoutMs: 10_000,
    attempts: 3,
    capture: async ({ params }) => ({ wasPresent: new Effects(params.folder).isPresent(name) }),
    probe: async ({ params }) => (new Effects(params.folder).isPresent(name) ? { effect: name } : undefined),
    run: async ({ params, token }) => {
      if (params.failAt === name) throw new DrError('PRECONDITION_FAILED', `${name} cannot be`);
      if (params.holdAt === name) await hold(params.folder);
      new Effects(params.folder).make(name, token);
      return { effect: name };
    },
    verify: async ({ params }) => {
      if (!new Effects(params.folder).isPresent(name)) throw new DrError('VERIFY_FAILED', `${name} is not there`);
    },
    undo: async ({ params, token }, { wasPresent }) => {
      if (!wasPresent) new Effects(params.folder).takeBack(name, token);
    },
  };
}

async function hold(folder: string): Promise<void> {
  if (existsSync(entered(folder))) return;
  writeFileSync(entered(folder), String(process.pid));
  while (!existsSync(go(folder))) await sleep(10);
}
