import type { Benchmark } from '../benchmark.js';
import type { Figure } from '../measuring/figure.js';
import { fanOut } from './fan-out.js';
import { firstAccept } from './first-accept.js';
import { manyTimers } from './many-timers.js';
import { ourStorm, peerStorm } from './storm.js';

const many = 10_000;
const peerName = 'Alertmanager';

/** Beside the goal of each figure, what Alertmanager needs for the same, where it does the same; it keeps nothing on disk before it tells. */
export const notifyBenchmark: Benchmark = {
  name: 'notify',
  summary: 'from an event to the people: first message, ten thousand of them, ten thousand timers, a storm',
  peer: 'Debian’s Alertmanager, in memory, with nothing to wait for',
  run: async ({ whole, log }) => {
    const events = whole ? 1_000 : 300;
    log(`${events} incidents and alerts in turns, one at a time`);
    const first = await firstAccept(events);
    if (first.peerP50Ms === undefined) log('prometheus-alertmanager is not installed: figures beside it are left out');
    log(`one incident told to ${many} recipients`);
    const fan = await fanOut(many);
    log(`${many} timers`);
    const timers = await manyTimers(many);
    log(`a storm of ${many} signs of trouble`);
    const storm = await ourStorm(many);
    const peer = await peerStorm(many);
    log(
      `it made ${storm.messages} message${storm.messages === 1 ? '' : 's'}${peer === undefined ? '' : `; Alertmanager ${peer.messages}`}`,
    );
    const figures: Figure[] = [
      { name: 'event to first accept, p99', value: first.p99Ms, unit: 'ms', goal: { atMost: 250 } },
      { name: 'recipients told', value: fan.perSecond, unit: '/s', goal: { atLeast: 500 } },
      { name: 'recipients told twice', value: fan.doubled, unit: '', goal: { atMost: 0 } },
      { name: 'timers early', value: timers.early, unit: '', goal: { atMost: 0 } },
      { name: 'timers lost', value: timers.lost, unit: '', goal: { atMost: 0 } },
      { name: 'timers late, p99', value: timers.lateP99Ms, unit: 'ms', goal: { atMost: 250 } },
      { name: 'storm settled', value: storm.settledMs / 1_000, unit: 's', goal: { atMost: 30 } },
      { name: 'messages of the storm', value: storm.messages, unit: '', goal: { atMost: 5 } },
    ];
    if (first.peerP50Ms !== undefined) {
      figures.push({
        name: 'event to first accept, p50',
        value: first.p50Ms,
        unit: 'ms',
        peer: { name: peerName, value: first.peerP50Ms },
        ratio: first.p50Ms / first.peerP50Ms,
        goal: { atMost: 5 },
      });
    }
    if (peer !== undefined) {
      const ratio = storm.settledMs / peer.settledMs;
      const measured = {
        value: storm.settledMs / 1_000,
        peer: { name: peerName, value: peer.settledMs / 1_000 },
        ratio,
      };
      figures.push({ name: 'storm settled, beside it', unit: 's', ...measured, goal: { atMost: 10 } });
    }
    return figures;
  },
};
