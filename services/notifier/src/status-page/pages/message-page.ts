import { pageDocument } from './document.js';
import { html, type Markup } from './markup.js';
import type { PageContext } from './page-context.js';

/** A page that says one thing: that there is no such page, or what became of a subscription. */
export function messagePage(path: string, title: string, text: string, context: PageContext, more?: Markup): string {
  const { facts, language } = context;
  const body = html`<h1>${title}</h1>
    <p>${text}</p>
    ${more}
    <p class="links"><a href="${facts.publicUrl ?? '/'}">${language.say('back')}</a></p> `;
  return pageDocument(
    { path, title: `${title} · ${facts.title}`, description: text, body, live: false, look: 'rich', single: true },
    context,
  );
}

/** A button that does what a link must not: links are followed by programs that look into mail. */
export function confirmButton(text: string): Markup {
  return html`<form method="post">
    <p><button type="submit">${text}</button></p>
  </form> `;
}
