import { DrError, type ErrorReply } from '@novacron/contracts';
import { runningLab } from '../layout/lab-lock.js';
import { type ControlAddress, controlAddress, controlRequest } from './control-request.js';
import type { LabStatus } from './lab-status.js';
import type { Verb, VerbRequest } from './verbs.js';

/** Gives orders to the lab that runs in a folder. */
export class ControlClient {
  private constructor(private readonly address: ControlAddress) {}

  /** Throws NOT_FOUND when no lab runs there. */
  static async of(folder: string): Promise<ControlClient> {
    if ((await runningLab(folder)) === undefined) {
      throw new DrError('NOT_FOUND', `no lab is running in ${folder}`, { hint: 'start one: npm start' });
    }
    const address = controlAddress(folder);
    if (address !== undefined) return new ControlClient(address);
    throw new DrError('CONFLICT', 'the lab is still starting', { hint: 'try again in a moment' });
  }

  /** What the lab says it did. Throws the error that it answers. */
  async ask(verb: Verb, request: VerbRequest): Promise<string> {
    const { message } = (await this.call('POST', verb, request)) as { message: string };
    return message;
  }

  async status(): Promise<LabStatus> {
    return (await this.call('GET', 'status')) as LabStatus;
  }

  private async call(method: 'GET' | 'POST', path: string, order?: object): Promise<unknown> {
    const { status, body } = await controlRequest(this.address, method, path, order).catch((cause: unknown) => {
      throw new DrError('UNREACHABLE', 'the lab does not answer', { hint: 'see whether it is just stopping', cause });
    });
    if (status === 200) return body;
    throw DrError.fromReply(body as ErrorReply);
  }
}
