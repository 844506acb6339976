import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Check, Estate } from '@novacron/contracts';
import { type CheckContext, probeFor } from './check-types.js';

describe('the certificates that a check trusts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'novacron-check-types-'));
  const context: CheckContext = { estate: {} as Estate, folder, vantage: 'alpha', secret: async () => '' };
  const check = { name: 'certificate', site: 'dr', kind: 'tls', role: 'network', host: '127.0.0.1', port: 1 };

  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['missing.pem', undefined],
    ['no.pem', '-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n'],
    ['empty.pem', ''],
  ])('are named with their check where they cannot be had: %s', (caFile, text) => {
    if (text !== undefined) writeFileSync(join(folder, caFile), text);
    expect(() => probeFor({ ...check, caFile } as Check, 1_000, context)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ESTATE',
        message: `check certificate of dr needs certificates in ${caFile}, which the estate does not have`,
      }),
    );
  });

  it('are the system’s where none are given', () => {
    expect(probeFor(check as Check, 1_000, context)).toBeDefined();
  });
});
