import { tabIcon } from './icons.js';
import { html, type Markup, trusted } from './markup.js';
import { languageFolder, type PageContext, upFrom } from './page-context.js';
import { liveScript, staleAfterMs, timesScript } from './script.js';
import { pagePolicy } from './security.js';
import { liveStyle, style } from './style.js';
import { timeTag } from './times.js';
import { overall, overallSentence } from './wording.js';

export interface Page {
  /** From the root of its language: `index.html`, `incidents/x.html`. */
  readonly path: string;
  readonly title: string;
  readonly description: string;
  readonly body: Markup;
  /** It says how things are now: it is renewed, and says so when it is old. */
  readonly live: boolean;
  /** It has bars, a banner or a form. */
  readonly look: 'plain' | 'rich';
  /** Not part of the published page: no other language has it. */
  readonly single?: boolean;
}

const styles = {
  plain: trusted(`<style>${style}</style>`),
  rich: trusted(`<style>${style}</style><style>${liveStyle}</style>`),
};
const scripts = {
  still: trusted(`<script>${timesScript}</script>`),
  live: trusted(`<script>${timesScript}</script><script>${liveScript}</script>`),
};

/** A page whole in itself: style, script and pictures inline; readable without the script, and without the style. */
export function pageDocument(page: Page, context: PageContext): string {
  const { facts, language, languages } = context;
  // A page that answers at any address has no way up of its own.
  const home = `${(facts.publicUrl ?? '').replace(/\/+$/u, '')}/`;
  const up = page.single === true ? home : upFrom(page.path);
  const toRoot = page.single === true || language === languages[0] ? up : `../${up}`;
  const address =
    facts.publicUrl === undefined
      ? undefined
      : absolute(facts.publicUrl, `${languageFolder(language, languages)}${page.path}`);
  const others = page.single === true ? [] : languages.filter((one) => one !== language);
  const pathOf = (one: (typeof languages)[number]): string => `${toRoot}${languageFolder(one, languages)}${page.path}`;
  const formTarget = facts.subscribeUrl === undefined ? undefined : new URL(facts.subscribeUrl).origin;
  // A page of what is over does not change with how things are now.
  const state = page.live ? overall(facts) : 'operational';
  return html`<!DOCTYPE html>
    <html lang="${language.tag}" dir="${language.direction}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${trusted(pagePolicy(formTarget))}" />
        <title>${page.title}</title>
        <meta name="description" content="${page.description}" />
        <meta name="referrer" content="no-referrer" />
        ${facts.unlisted && trusted('<meta name="robots" content="noindex">\n')}
        <meta property="og:type" content="website" />
        <meta property="og:site_name" content="${facts.title}" />
        <meta property="og:title" content="${page.title}" />
        <meta property="og:description" content="${page.description}" />
        <meta property="og:locale" content="${language.tag.replace('-', '_')}" />
        ${
          address !== undefined &&
          html`<meta property="og:url" content="${address}" />
            <meta property="og:image" content="${absolute(facts.publicUrl ?? '', `pictures/${state}.png`)}" />
            <meta name="twitter:card" content="summary_large_image" />
            <link rel="canonical" href="${address}" /> `
        }
        <link rel="icon" href="${trusted(tabIcon(state))}" />
        <link rel="alternate" type="application/rss+xml" title="RSS" href="${toRoot}history.rss" />
        <link rel="alternate" type="application/atom+xml" title="Atom" href="${toRoot}history.atom" />
        ${others.map((one) => html`<link rel="alternate" hreflang="${one.tag}" href="${pathOf(one)}" /> `)}${styles[page.look]}
      </head>
      <body data-local="${language.say('local')}" data-live="${language.say('live')}">
        <a class="skip" href="#main">${language.say('skip')}</a>
        <header>
          <a class="brand" href="${up}index.html">${facts.title}</a>
          ${
            others.length > 0 &&
            html`<nav aria-label="${language.say('languages')}">
              <ul>
                ${others.map((one) => html`<li><a href="${pathOf(one)}" lang="${one.tag}" hreflang="${one.tag}">${one.name}</a></li>`)}
              </ul>
            </nav>`
          }
        </header>
        <main id="main" data-at="${facts.generatedAt}">${page.live && staleNotes(context)}${page.body}</main>
        <p class="vh" id="live" role="status"></p>
        <footer>
          ${address !== undefined && html`<p class="vh">${language.say('print', { url: address })}</p> `}
          <p>
            ${page.live && html`${parts(language.say('generated'), timeTag(facts.generatedAt, language))} `}${language.say('all-times')}
          </p>
          ${facts.supportUrl !== undefined && html`<p><a href="${facts.supportUrl}">${language.say('support')}</a></p>`}
        </footer>
        ${scripts[page.live ? 'live' : 'still']}
      </body>
    </html> `.text;
}

/** What the page says of its own age: hidden until it is old; without scripts, once it has been open for as long. */
function staleNotes({ facts, language }: PageContext): Markup {
  const blind = facts.blindSince;
  return html`<p class="note" id="stale" role="alert" hidden>
      ${language.say('stale', { time: language.time(facts.generatedAt) })}
    </p>
    <noscript><p class="soft late" data-after="${staleAfterMs}">${language.say('stale.open')}</p></noscript>
    ${blind !== undefined && html`<p class="note">${language.say('blind', { time: language.time(blind) })}</p> `}`;
}

/** The first thing that is read. */
export function overallBanner({ facts, language }: PageContext): Markup {
  const state = overall(facts);
  return html`<section class="overall ${state}" aria-labelledby="overall">
    <div>
      <h1 id="overall">${overallSentence(facts, language)}</h1>
      <p>
        ${parts(language.say('updated.at'), timeTag(facts.generatedAt, language))} ·
        ${parts(language.say('updated.next'), timeTag(facts.nextUpdateBy, language, '', facts.generatedAt))}
      </p>
      <p>${language.say('updated.late')}</p>
    </div>
  </section> `;
}

/** A phrase with markup where its `{time}` stands. */
export function parts(phrase: string, time: Markup): Markup {
  const [before = '', after = ''] = phrase.split('{time}');
  return html`${before}${time}${after}`;
}

export function absolute(base: string, path: string): string {
  return `${base.replace(/\/+$/u, '')}/${path === 'index.html' ? '' : path.replace(/(?<folder>\/)index\.html$/u, '$<folder>')}`;
}
