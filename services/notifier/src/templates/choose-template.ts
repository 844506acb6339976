import { DrError, type ChannelKind, type TemplateText } from '@novacron/contracts';

export interface TemplateUse {
  readonly name: string;
  readonly channel: string;
  readonly kind: ChannelKind;
  readonly language?: string;
}

/**
 * The template that fits best: one for the channel before one for its kind before one for all, and among those one of the
 * audience's language before one without; never one of another language.
 * @throws DrError NOT_FOUND naming the templates that there are.
 */
export function chooseTemplate(templates: readonly TemplateText[], use: TemplateUse): TemplateText {
  const best = templates
    .filter((template) => template.name === use.name)
    .flatMap((template) => {
      const channel = channelFit(template.channel, use);
      const language = template.language === undefined ? 0 : template.language === use.language ? 1 : undefined;
      return channel === undefined || language === undefined ? [] : [{ template, fit: language * 10 + channel }];
    })
    .toSorted((a, b) => b.fit - a.fit)[0];
  if (best !== undefined) return best.template;
  const names = [...new Set(templates.map((template) => template.name))];
  throw new DrError('NOT_FOUND', `the estate has no template ${use.name}`, {
    details: [{ path: 'template', problem: `must be one of ${names.join(', ')}` }],
  });
}

function channelFit(channel: string | undefined, use: TemplateUse): number | undefined {
  if (channel === undefined) return 0;
  if (channel === use.channel) return 2;
  return channel === use.kind ? 1 : undefined;
}
