import { DrError, type Estate, type ProblemDetail, type TemplateText } from '@novacron/contracts';
import { isPlaceholder, placeholderKinds, type TemplateName, templateContracts } from './placeholders.js';
import { hasStrayBraces, placeholdersIn } from './template-source.js';

/**
 * What is wrong with the estate's templates, before any of them is needed: a template fails here or not at all. The three of
 * an incident must exist and say what the audience is owed; further ones, for messages by hand, may use any placeholder.
 */
export function templateProblems(templates: readonly TemplateText[]): ProblemDetail[] {
  const problems: ProblemDetail[] = [];
  for (const name of Object.keys(templateContracts)) {
    if (!templates.some((template) => template.name === name)) {
      problems.push({ path: 'communication.templates', problem: `has no template ${name}` });
    }
  }
  templates.forEach((template, index) => {
    problems.push(...problemsOf(template, `communication.templates[${index}]`));
  });
  return problems;
}

/** @throws DrError INVALID_ESTATE with a detail for each problem. */
export function assertTemplates(estate: Estate): void {
  const details = templateProblems(estate.communication.templates);
  if (details.length === 0) return;
  throw new DrError('INVALID_ESTATE', `${details.length} problems in the message templates`, { details });
}

function problemsOf(template: TemplateText, path: string): ProblemDetail[] {
  const contract = Object.hasOwn(templateContracts, template.name)
    ? templateContracts[template.name as TemplateName]
    : undefined;
  const problems: ProblemDetail[] = [];
  const used = new Set<string>();
  for (const part of ['subject', 'body'] as const) {
    const source = template[part];
    if (hasStrayBraces(source))
      problems.push({ path: `${path}.${part}`, problem: 'has braces that belong to no placeholder' });
    for (const name of placeholdersIn(source)) {
      used.add(name);
      const known = isPlaceholder(name) && (contract === undefined || contract.allowed.includes(name));
      if (known) continue;
      const allowed = contract?.allowed ?? Object.keys(placeholderKinds);
      problems.push({
        path: `${path}.${part}`,
        problem: `uses {{${name}}}, which a ${template.name} message has no value for (it has: ${allowed.join(', ')})`,
      });
    }
  }
  if (/[\r\n]/u.test(template.subject)) problems.push({ path: `${path}.subject`, problem: 'must be one line' });
  for (const name of contract?.required ?? []) {
    if (!used.has(name)) problems.push({ path, problem: `must say {{${name}}}` });
  }
  return problems;
}
