import {
  type BackupFact,
  backupFacts,
  backupLife,
  backupStates,
  factsOfMarks,
  factsOfOperation,
  stateAfter,
} from './backup-life.js';

describe('the life of a backup', () => {
  it('has no state that cannot be reached, and none without a way out', () => {
    const reached = new Set(['RUNNING']);
    for (let before = 0; before < reached.size;) {
      before = reached.size;
      for (const state of backupStates)
        if (reached.has(state)) for (const next of Object.values(backupLife[state])) reached.add(next);
    }
    expect([...reached].toSorted()).toEqual([...backupStates].toSorted());
    for (const state of backupStates) expect(Object.keys(backupLife[state])).not.toEqual([]);
  });

  it('can fail from every state, and is worth nothing then until a check finds it good', () => {
    for (const state of backupStates.filter((one) => one !== 'FAILED'))
      expect(Object.values(backupLife[state])).toContain('FAILED');
    expect(Object.keys(backupLife.FAILED)).toEqual(['verified']);
  });

  it.each<[BackupFact[], string]>([
    [[], 'RUNNING'],
    [['uploaded'], 'UPLOADED'],
    [['uploaded', 'waiting'], 'WAITING_FOR_WAL'],
    [['uploaded', 'waiting', 'committed'], 'COMPLETED'],
    [['uploaded', 'committed'], 'COMPLETED'],
    [['uploaded', 'committed', 'verified'], 'VERIFIED'],
    [['uploaded', 'committed', 'verified', 'drilled'], 'DRILLED'],
    [['uploaded', 'committed', 'verified', 'drilled', 'verified'], 'DRILLED'],
    [['uploaded', 'committed', 'verified', 'drilled', 'refuted'], 'FAILED'],
    [['uploaded', 'committed', 'refuted', 'verified'], 'VERIFIED'],
    // A restore reads one component of it.
    [['uploaded', 'committed', 'refuted', 'drilled'], 'FAILED'],
    [['failed'], 'FAILED'],
    // A fact that cannot be yet changes nothing.
    [['verified', 'drilled'], 'RUNNING'],
  ])('after %j is %s', (facts, expected) => {
    expect(stateAfter(facts)).toBe(expected);
    expect(facts.every((fact) => backupFacts.includes(fact))).toBe(true);
  });

  it.each<[object, Record<string, string>, string]>([
    [{ state: 'running' }, { 'seal-and-upload': 'open' }, 'RUNNING'],
    [{ state: 'running' }, { 'seal-and-upload': 'done', 'wait-for-wal': 'pending' }, 'UPLOADED'],
    [{ state: 'running' }, { 'seal-and-upload': 'done', 'wait-for-wal': 'open' }, 'WAITING_FOR_WAL'],
    [{ state: 'rolled-back' }, { 'seal-and-upload': 'done', 'wait-for-wal': 'undone' }, 'FAILED'],
    [{ state: 'aborted' }, { 'hooks-before': 'undone' }, 'FAILED'],
    [{ state: 'failed' }, { 'seal-and-upload': 'done', 'wait-for-wal': 'done', commit: 'done' }, 'COMPLETED'],
  ])('is told by its journal: %j %j is %s', (operation, steps, expected) => {
    const named = Object.entries(steps).map(([name, status]) => ({ name, status }));
    expect(stateAfter(factsOfOperation({ ...operation, nodes: [{ steps: named }] } as never))).toBe(expected);
  });

  it('is told by its marks, in the order of their times', () => {
    const marks = [
      { mark: 'drilled', at: '2026-11-23T06:00:00Z' },
      { mark: 'replicated', at: '2026-11-23T05:00:00Z' },
      { mark: 'verified', at: '2026-11-23T04:00:00Z' },
    ] as const;
    expect(stateAfter(factsOfMarks(marks))).toBe('DRILLED');
    expect(stateAfter(factsOfMarks([...marks, { mark: 'refuted', at: '2026-11-23T07:00:00Z' }]))).toBe('FAILED');
  });
});
