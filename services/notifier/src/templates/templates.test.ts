import { type DrError, type TemplateText, templateProblems } from '@novacron/contracts';
import { testEstate } from '../testing/test-estate.js';
import { givenValues } from './given-values.js';
import { plainMessage, render } from './render.js';

const template = (name: string, subject: string, body: string): TemplateText => ({ name, subject, body });

function caught(run: () => unknown): DrError {
  try {
    run();
  } catch (error) {
    return error as DrError;
  }
  throw new Error('nothing was thrown');
}

describe('the check of templates', () => {
  it('accepts the running example', async () => {
    expect(templateProblems((await testEstate()).communication.templates, new Set())).toEqual([]);
  });

  it('names everything that is wrong, with its path', () => {
    const problems = templateProblems(
      [
        template(
          'initial',
          'Down: {{SERVICE}}',
          '{{IMPACT_DESCRIPTION}} {{START_TIME}} {{UPDATE_INTERVAL}} {{STATUS_PAGE}} {{SERVICES}}',
        ),
        template('resolution', 'Over', '{{RESOLUTION_TIME}} {{ETA}} {{TOTAL_DOWNTIME'),
      ],
      new Set(),
    );
    expect(problems.map(({ path, problem }) => `${path}: ${problem.split(',')[0]}`)).toEqual([
      'communication.templates: has no template progress that is for every channel and language',
      'communication.templates[0].subject: uses {{SERVICE}}',
      'communication.templates[1].body: has braces that belong to no placeholder',
      'communication.templates[1].body: uses {{ETA}}',
      'communication.templates[1]: must say {{TOTAL_DOWNTIME}}',
    ]);
  });
});

describe('rendering', () => {
  it('puts values in once: a value is never a template', () => {
    const rendered = render(template('x', 'S {{SERVICES}}', '{{ CURRENT_STATUS }}!'), {
      SERVICES: 'a',
      CURRENT_STATUS: '{{SERVICES}} $& $1',
    });
    expect(rendered).toEqual({ subject: 'S a', text: '{{SERVICES}} $& $1!' });
  });

  it('is an error, not an empty place, when a value is missing', () => {
    const error = caught(() => render(template('x', '{{SITE}}', '{{ETA}} {{SITE}}'), {}));
    expect(error.details.map((detail) => detail.path)).toEqual(['values.SITE', 'values.ETA']);
  });

  it('keeps line breaks of values out of the subject', () => {
    const rendered = render(template('x', '{{SITE}}', ''), { SITE: 'a\r\nBcc: all@example.org\u2028b' });
    expect(rendered.subject).toBe('a Bcc: all@example.org b');
  });

  it('has plain words for the case that nothing else works', () => {
    expect(plainMessage('initial notice', { SERVICES: 'a', START_TIME: 'now' })).toEqual({
      subject: 'initial notice',
      text: 'services: a\nstart time: now\n',
    });
  });
});

describe('values given by hand', () => {
  it('are written by their kind', () => {
    expect(
      givenValues({
        SERVICES: ['a', 'b'],
        TOTAL_DOWNTIME: '90s',
        RESOLUTION_TIME: '2026-03-15T10:00:00Z',
        UPDATE_NUMBER: 3,
      }),
    ).toEqual({
      SERVICES: 'a and b',
      TOTAL_DOWNTIME: '1 minute 30 seconds',
      RESOLUTION_TIME: '2026-03-15 10:00:00 UTC',
      UPDATE_NUMBER: '3',
    });
  });

  it('are refused with every problem named', () => {
    const error = caught(() =>
      givenValues({ ETA: 5, SERVICES: 'a', NOBODY: 1, UPDATE_NUMBER: -1, NEXT_UPDATE_TIME: 'soon' }),
    );
    expect(error.details.map((detail) => detail.path)).toEqual([
      'values.ETA',
      'values.SERVICES',
      'values.NOBODY',
      'values.UPDATE_NUMBER',
      'values.NEXT_UPDATE_TIME',
    ]);
  });
});
