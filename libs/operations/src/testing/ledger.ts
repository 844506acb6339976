import { DrError } from '@novacron/contracts';
import type { Step, StepContext } from '../steps/step.js';

/** The outside world of a test: what is there, and everything that was ever done to it. */
export class Ledger {
  readonly present = new Set<string>();
  readonly history: string[] = [];

  do(effect: string): void {
    this.present.add(effect);
    this.history.push(`+${effect}`);
  }

  undo(effect: string): void {
    if (!this.present.delete(effect)) return;
    this.history.push(`-${effect}`);
  }

  count(entry: string): number {
    return this.history.filter((each) => each === entry).length;
  }
}

export interface LedgerStepOptions {
  readonly pointOfNoReturn?: boolean;
  readonly attempts?: number;
  readonly timeoutMs?: number;
  readonly undoable?: boolean;
  /** Before the effect; may throw or wait. */
  readonly before?: (context: StepContext) => Promise<void> | void;
  /** After the effect; may throw or wait. */
  readonly after?: (context: StepContext) => Promise<void> | void;
  readonly beforeUndo?: (context: StepContext) => Promise<void> | void;
}

/** A step whose effect is one entry of the ledger. */
export function ledgerStep(ledger: Ledger, name: string, options: LedgerStepOptions = {}): Step {
  const step: Step = {
    name,
    title: `does ${name}`,
    timeoutMs: options.timeoutMs ?? 5_000,
    attempts: options.attempts ?? 1,
    pointOfNoReturn: options.pointOfNoReturn ?? false,
    describe: () => [`adds ${name}`],
    capture: async () => ({ before: [...ledger.present] }),
    probe: async () => (ledger.present.has(name) ? { effect: name } : undefined),
    run: async (context) => {
      await options.before?.(context);
      context.signal.throwIfAborted();
      ledger.do(name);
      await options.after?.(context);
      return { effect: name };
    },
    verify: async () => {
      if (!ledger.present.has(name)) throw new DrError('VERIFY_FAILED', `${name} is not there`);
    },
  };
  if (options.undoable === false) return step;
  return {
    ...step,
    undo: async (context) => {
      await options.beforeUndo?.(context);
      ledger.undo(name);
    },
  };
}
