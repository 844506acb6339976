export { type BeginOptions } from './engine/begin-operation.js';
export { type EngineOptions, OperationEngine } from './engine/operation-engine.js';
export { natsCommands } from './engine/needs.js';
export {
  type NodeView,
  type OperationStatus,
  type OperationView,
  restingStates,
  type StepView,
  viewOf,
} from './engine/operation-view.js';
export { type Plan, type PlannedNode, type PlannedStep } from './engine/plan.js';
export { type OnRecord } from './engine/teller.js';
export { defaultTiming, type EngineTiming, type HumanCommands } from './engine/worker-context.js';
export { assertSkippable } from './engine/human-records.js';
export { type Appended, Journal, recordAt, type Stored } from './journal/journal.js';
export { parseRecord } from './journal/parse-record.js';
export { type JournalRecord, type NewRecord, type RecordKind, type RecordOf } from './journal/record.js';
export { type Action, nextActions } from './state/next-actions.js';
export {
  type ApprovalState,
  type OperationState,
  pastPointOfNoReturn,
  resultsOf,
  type StepState,
  type StepStatus,
  type WaitState,
} from './state/operation-state.js';
export { replay } from './state/replay.js';
export {
  type ApprovalNode,
  checkRunbook,
  type NodeContext,
  type NodeShape,
  type ParallelNode,
  type Runbook,
  type RunbookNode,
  shapeOf,
  type StepShape,
  stepsOf,
  type WaitNode,
} from './steps/runbook.js';
export { type Step, type StepContext } from './steps/step.js';
