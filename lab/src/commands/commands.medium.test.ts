import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder } from '../layout/folders.js';
import { labFolder, LabProcess, randomPortBase } from '../testing/lab-process.js';

async function run(command: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const process = LabProcess.run(command, args, await labFolder(), randomPortBase());
  const code = await process.ended;
  await process.end();
  return { code, output: process.output };
}

describe('estate:check', () => {
  it('accepts the lab’s own estate', async () => {
    const file = join(projectFolder, 'lab/estate.yaml');
    const { code, output } = await run('estate-check', file);
    expect(output).toMatch(/estate\.yaml: ok \(4 sites, 9 services, 1 database, hash [0-9a-f]{12}\)/u);
    expect(code).toBe(0);
  });

  it('names every problem with its line and column', async () => {
    const file = join(await labFolder(), 'broken.yaml');
    await writeFile(file, 'estate: novacron\nsites:\n  - name: primary\n    role: king\nservices: 3\n');
    const { code, output } = await run('estate-check', file);
    expect(code).toBe(1);
    expect(output).toContain(`${file}:4:5 sites[0].role: `);
    expect(output).toContain(`${file}:5:1 services: `);
    expect(output).toMatch(/broken\.yaml: \d+ problems/u);
  });

  it('asks for a file, and says when there is none', async () => {
    expect(await run('estate-check')).toMatchObject({ code: 2, output: expect.stringContaining('usage:') });
    expect(await run('estate-check', '/nowhere.yaml')).toMatchObject({
      code: 1,
      output: expect.stringContaining('cannot read /nowhere.yaml'),
    });
  });
});

describe('npm run lab', () => {
  it.each([
    [[], 'no verb'],
    [['explode', 'primary'], 'unknown verb "explode"'],
    [['kill'], 'kill which site?'],
    [['kill', 'mars'], 'unknown site "mars"'],
    [['slow', 'fast', 'primary'], '"fast" is not a number of milliseconds'],
    [['kill', 'primary', 'dr'], 'too many words after kill'],
  ])('explains itself after %j', async (words, message) => {
    const { code, output } = await run('lab', ...words);
    expect(output).toContain(message);
    expect(output).toContain('sites: primary, secondary, dr, archive');
    expect(code).toBe(2);
  });

  it('says that no lab runs', async () => {
    expect(await run('lab', 'status')).toMatchObject({ code: 1, output: expect.stringContaining('npm start') });
  });

  it.each(['lab', 'labctl', 'start', 'estate-check'])('%s helps', async (command) => {
    expect(await run(command, '--help')).toMatchObject({ code: 0, output: expect.stringContaining('usage:') });
  });
});
