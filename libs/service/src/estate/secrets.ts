import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DrError, type SecretRef } from '@novacron/contracts';
import type { Environment } from '../config/load-config.js';
import type { Redactor } from '../logging/redactor.js';

/**
 * Reads what the estate file only refers to. A secret is read each time, so that a rotated one is taken without a restart,
 * and is from then on cut out of every log line.
 */
export class Secrets {
  constructor(
    private readonly folder: string,
    private readonly environment: Environment,
    private readonly redactor: Redactor,
  ) {}

  /** The secret's text, without the line break a file ends with. @throws DrError INVALID_CONFIG naming the reference. */
  async read(reference: SecretRef): Promise<string> {
    const text = 'env' in reference ? this.environment[reference.env] : await this.readFile(reference.file);
    if (text === undefined || text === '') {
      const name = 'env' in reference ? `environment variable ${reference.env}` : `file ${reference.file}`;
      throw new DrError('INVALID_CONFIG', `the secret in ${name} is missing or empty`, {
        details: [{ path: 'env' in reference ? reference.env : reference.file, problem: 'is missing or empty' }],
      });
    }
    this.redactor.hide(text);
    return text;
  }

  private async readFile(file: string): Promise<string | undefined> {
    try {
      return (await readFile(resolve(this.folder, file), 'utf8')).replace(/\r?\n$/u, '');
    } catch (error) {
      throw new DrError('INVALID_CONFIG', `the secret file ${file} cannot be read`, {
        details: [{ path: file, problem: 'cannot be read' }],
        cause: error,
      });
    }
  }
}
