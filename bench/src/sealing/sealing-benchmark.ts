import { randomBytes } from 'node:crypto';
import { Open, parseKeyring, Seal } from '@novacron/repository';
import type { Benchmark } from '../benchmark.js';
import { measurePairs } from '../measuring/pairs.js';
import { bareOpener, bareSealer } from './bare-cipher.js';
import { throughput } from './throughput.js';

const defaultPairs = 7;
const mebibyte = 2 ** 20;
const objectKey = '20260315T100000Z-full/postgres/base.tar';

export const sealingBenchmark: Benchmark = {
  name: 'sealing',
  summary: "the repository's objects sealed and opened again, in memory",
  peer: "Node's own aes-256-gcm and sha256 over the same bytes, as streams",
  run: async ({ whole, pairs = defaultPairs, log }) => {
    const sizeMiB = whole ? 512 : 128;
    log(`${pairs} pairs of ${sizeMiB} MiB each way`);
    const keyring = parseKeyring('k1', { k1: randomBytes(32).toString('hex') });
    const plain = Array.from({ length: sizeMiB * 4 }, () => randomBytes(mebibyte / 4));
    const bareKey = { key: randomBytes(32), iv: randomBytes(12) };

    const sealing = await measurePairs(
      pairs,
      async () => {
        const sealed = await throughput(plain, new Seal(keyring, objectKey));
        const opened = await throughput(sealed.chunks, new Open(keyring, objectKey));
        return { sealed: sealed.mebibytesPerSecond, opened: opened.mebibytesPerSecond };
      },
      async () => {
        const sealed = await throughput(plain, bareSealer(bareKey));
        const opened = await throughput(sealed.chunks, bareOpener(bareKey));
        return { sealed: sealed.mebibytesPerSecond, opened: opened.mebibytesPerSecond };
      },
    );
    return (['sealed', 'opened'] as const).map((name) => {
      const { value, peer, ratio } = sealing[name];
      return { name, value, unit: 'MiB/s', peer: { name: 'bare cipher', value: peer }, ratio, goal: { atLeast: 0.5 } };
    });
  },
};
