import { channelKinds, type TemplateText } from '../communication.js';
import { isPlaceholder, placeholderKinds, type TemplateName, templateContracts } from './placeholders.js';
import { placeholderSources, strayBraces } from './template-source.js';

/** What is wrong with a template; `source` is the text, as it stands in the file, that the problem is about. */
export interface TemplateProblem {
  readonly path: string;
  readonly problem: string;
  readonly source?: string;
}

/**
 * What is wrong with the estate's templates, before any of them is needed: a template fails here or not at all. The three of
 * an incident must exist for every channel and language, and say what the audience is owed; further ones, for messages by
 * hand, may use any placeholder.
 */
export function templateProblems(
  templates: readonly TemplateText[],
  channels: ReadonlySet<string>,
): readonly TemplateProblem[] {
  const problems: TemplateProblem[] = [];
  for (const name of Object.keys(templateContracts)) {
    const general = templates.some(
      (one) => one.name === name && one.channel === undefined && one.language === undefined,
    );
    if (general) continue;
    problems.push({
      path: 'communication.templates',
      problem: `has no template ${name} that is for every channel and language`,
    });
  }
  const seen = new Set<string>();
  templates.forEach((template, index) => {
    const path = `communication.templates[${index}]`;
    const key = JSON.stringify([template.name, template.channel, template.language]);
    if (seen.has(key)) problems.push({ path: `${path}.name`, problem: `${template.name} stands here a second time` });
    seen.add(key);
    const { channel } = template;
    if (channel !== undefined && !channels.has(channel) && !channelKinds.some((kind) => kind === channel)) {
      problems.push({ path: `${path}.channel`, problem: `is neither a channel of this file nor a kind of channel` });
    }
    problems.push(...problemsOf(template, path));
  });
  return problems;
}

function problemsOf(template: TemplateText, path: string): TemplateProblem[] {
  const contract = Object.hasOwn(templateContracts, template.name)
    ? templateContracts[template.name as TemplateName]
    : undefined;
  const problems: TemplateProblem[] = [];
  const used = new Set<string>();
  for (const part of ['subject', 'body'] as const) {
    const text = template[part];
    for (const source of strayBraces(text))
      problems.push({ path: `${path}.${part}`, problem: 'has braces that belong to no placeholder', source });
    for (const { name, source } of placeholderSources(text)) {
      used.add(name);
      const known = isPlaceholder(name) && (contract === undefined || contract.allowed.includes(name));
      if (known) continue;
      const allowed = contract?.allowed ?? Object.keys(placeholderKinds);
      problems.push({
        path: `${path}.${part}`,
        problem: `uses {{${name}}}, which a ${template.name} message has no value for (it has: ${allowed.join(', ')})`,
        source,
      });
    }
  }
  if (/[\r\n]/u.test(template.subject)) problems.push({ path: `${path}.subject`, problem: 'must be one line' });
  for (const name of contract?.required ?? []) {
    if (!used.has(name)) problems.push({ path, problem: `must say {{${name}}}` });
  }
  return problems;
}
