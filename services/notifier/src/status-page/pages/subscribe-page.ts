import { pageDocument } from './document.js';
import { html } from './markup.js';
import type { PageContext } from './page-context.js';

/** The form for updates by e-mail; it is sent to the notifier, wherever the page itself is served. */
export function subscribePage(url: string, context: PageContext): string {
  const { facts, language, components } = context;
  const choices = [...components.values()].map(
    ({ id, title }) => html`<label><input type="checkbox" name="component" value="${id}" />${title}</label> `,
  );
  const title = language.say('subscribe.email');
  const body = html`<h1>${title}</h1>
    <p>${language.say('subscribe.explain')}</p>
    <div class="card">
      <form method="post" action="${url}">
        <p>
          <label for="address">${language.say('subscribe.address')}</label
          ><input type="email" id="address" name="email" autocomplete="email" required maxlength="254" />
        </p>
        <p class="trap">
          <label>Website<input type="text" name="website" tabindex="-1" autocomplete="off" /></label>
        </p>
        <input type="hidden" name="language" value="${language.tag}" />
        <fieldset>
          <legend>${language.say('subscribe.components')}</legend>
          ${choices}
        </fieldset>
        <p><button type="submit">${language.say('subscribe.send')}</button></p>
      </form>
    </div>
    <p class="links"><a href="index.html">${language.say('back')}</a></p> `;
  return pageDocument(
    { path: 'subscribe.html', title: `${title} · ${facts.title}`, description: title, body, live: false, look: 'rich' },
    context,
  );
}
