import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{ uris: string[], suites: string[], components: string[], options: Record<string, string> }} AptSource */

/**
 * The binary package sources that this machine's own configuration names, in both of apt's formats; what is switched off
 * is left out. `options` keeps what says how a source is verified and reached (`Signed-By`, `Trusted`, …), as apt spells it.
 * @param {string} [folder] apt's configuration folder
 * @returns {AptSource[]}
 */
export function aptSources(folder = '/etc/apt') {
  const parts = join(folder, 'sources.list.d');
  const files = [join(folder, 'sources.list'), ...list(parts).map((name) => join(parts, name))];
  return files.flatMap((file) => {
    if (file.endsWith('.sources')) return paragraphs(read(file)).flatMap(fromParagraph);
    if (file.endsWith('.list')) return read(file).split('\n').flatMap(fromLine);
    return [];
  });
}

/**
 * A source in the deb822 format, for another suite of the same archive, verified by the same keys.
 * @param {AptSource} source @param {string} suite
 */
export function withSuite(source, suite) {
  const fields = { Types: 'deb', URIs: source.uris.join(' '), Suites: suite, Components: 'main', ...source.options };
  return `${Object.entries(fields)
    .map(([name, value]) => `${name}:${value.startsWith('\n') ? '' : ' '}${value}`)
    .join('\n')}\n`;
}

const kept = {
  'signed-by': 'Signed-By',
  trusted: 'Trusted',
  'allow-insecure': 'Allow-Insecure',
  'check-valid-until': 'Check-Valid-Until',
};

/** @param {string} text @returns {Map<string, string>[]} field names in lower case; values keep their continuation lines */
function paragraphs(text) {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .split(/\n\s*\n/)
    .map((paragraph) => {
      const fields = paragraph.matchAll(/^([A-Za-z0-9-]+):[ \t]*(.*(?:\n[ \t].*)*)/gm);
      return new Map([...fields].map(([, name, value]) => [name.toLowerCase(), value.trimEnd()]));
    });
}

/** @param {Map<string, string>} fields @returns {AptSource[]} */
function fromParagraph(fields) {
  const words = (/** @type {string} */ name) => (fields.get(name) ?? '').split(/\s+/).filter(Boolean);
  if (!words('types').includes('deb') || /^(no|false|0|off)$/i.test(fields.get('enabled') ?? '')) return [];
  return [{ uris: words('uris'), suites: words('suites'), components: words('components'), options: pick(fields) }];
}

/** @param {string} line @returns {AptSource[]} */
function fromLine(line) {
  const match = /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line.trim());
  if (!match) return [];
  const [, options = '', uri, suite, components] = match;
  const fields = new Map(
    options
      .split(/\s+/)
      .filter(Boolean)
      .map((option) => /** @type {[string, string]} */ (option.split('=', 2))),
  );
  return [{ uris: [uri], suites: [suite], components: components.split(/\s+/).filter(Boolean), options: pick(fields) }];
}

/** @param {Map<string, string>} fields */
function pick(fields) {
  const pairs = Object.entries(kept).map(([name, spelling]) => [spelling, fields.get(name)]);
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}

/** @param {string} folder */
function list(folder) {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
