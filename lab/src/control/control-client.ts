import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError, type ErrorReply } from '@novacron/contracts';
import { runningLab } from '../layout/lab-lock.js';
import type { LabStatus } from './lab-status.js';
import type { Verb, VerbRequest } from './verbs.js';

/** As long as the longest start of a server that has to catch up first. */
const timeoutMs = 90_000;

/** Gives orders to the lab that runs in a folder. */
export class ControlClient {
  private constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** Throws NOT_FOUND when no lab runs there. */
  static async of(folder: string): Promise<ControlClient> {
    if ((await runningLab(folder)) === undefined) {
      throw new DrError('NOT_FOUND', `no lab is running in ${folder}`, { hint: 'start one: npm start' });
    }
    const file = await readFile(join(folder, 'secrets/control'), 'utf8').catch(() => '');
    if (!file.startsWith('{'))
      throw new DrError('CONFLICT', 'the lab is still starting', { hint: 'try again in a moment' });
    const { url, token } = JSON.parse(file) as { url: string; token: string };
    return new ControlClient(url, token);
  }

  /** What the lab says it did. Throws the error that it answers. */
  async ask(verb: Verb, request: VerbRequest): Promise<string> {
    const { message } = await this.call<{ message: string }>('POST', verb, JSON.stringify(request));
    return message;
  }

  status(): Promise<LabStatus> {
    return this.call('GET', 'status');
  }

  private async call<T>(method: string, path: string, body?: string): Promise<T> {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(`${this.url}/${path}`, { method, headers, signal, ...(body && { body }) }).catch(
      (cause: unknown) => {
        throw new DrError('UNREACHABLE', 'the lab does not answer', { hint: 'see whether it is just stopping', cause });
      },
    );
    const answer: unknown = await response.json();
    if (response.ok) return answer as T;
    throw DrError.fromReply(answer as ErrorReply);
  }
}
