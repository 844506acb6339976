import { createHash } from 'node:crypto';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { type Document, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { problemsOf } from '../messages/validate.js';
import { crossCheck } from './cross-check.js';
import { Estate } from './estate.js';
import { type TemplateProblem, templateProblems } from './templates/template-problems.js';

/** One thing wrong in an estate file; line and column count from 1. */
export interface EstateProblem {
  readonly line: number;
  readonly column: number;
  /** Such as `databases[0].members[1].port`. */
  readonly path: string;
  readonly message: string;
}

export interface ParsedEstate {
  /** Absent when there is any problem: an estate is taken whole or not at all. */
  readonly estate?: Estate;
  readonly problems: readonly EstateProblem[];
  /** SHA-256 of the text, hex: on every operation, so that services with different files are found. */
  readonly hash: string;
}

/** Checks an estate file whole: every problem at once, each where it stands (DESIGN §5). */
export function parseEstate(text: string): ParsedEstate {
  const hash = createHash('sha256').update(text).digest('hex');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      return { line, column: col, path: '', message: error.message };
    });
    return { problems, hash };
  }

  const plain: unknown = document.toJS();
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    return {
      problems: [{ line: 1, column: 1, path: '', message: 'an estate file is a map; its first key is `estate`' }],
      hash,
    };
  }
  const estate = plainToInstance(Estate, plain);
  const shape = validateSync(estate, {
    whitelist: true,
    forbidNonWhitelisted: true,
    stopAtFirstError: true,
    validationError: { target: false },
  }).flatMap((error) => problemsOf(error, ''));
  const found: TemplateProblem[] = [...shape, ...crossChecked(estate, shape.length > 0)];
  const problems = found
    .map(({ path, problem, source }) => ({
      ...position({ document, text, lines }, path, source),
      path,
      message: problem,
    }))
    .toSorted((a, b) => a.line - b.line || a.column - b.column);
  return problems.length > 0 ? { problems, hash } : { estate, problems, hash };
}

/** A file whose shape is wrong is still looked at for names that lead nowhere, as far as its shape allows. */
function crossChecked(estate: Estate, misshapen: boolean): readonly TemplateProblem[] {
  try {
    const { channels, templates } = estate.communication;
    return [...crossCheck(estate), ...templateProblems(templates, new Set(channels.map((channel) => channel.name)))];
  } catch (error) {
    if (misshapen) return [];
    throw error;
  }
}

interface EstateText {
  readonly document: Document;
  readonly text: string;
  readonly lines: LineCounter;
}

/** Where a path stands in the text: the key itself, or the nearest thing around it when the key is missing. */
function position(
  { document, text, lines }: EstateText,
  path: string,
  source: string | undefined,
): { line: number; column: number } {
  let node: unknown = document.contents;
  let offset = rangeStart(node) ?? 0;
  for (const part of path.split(/[.[\]]+/u).filter((piece) => piece !== '')) {
    const next = child(node, part);
    if (next === undefined) break;
    offset = next.offset;
    node = next.node;
  }
  const { line, col } = lines.linePos(placeIn(node, text, source) ?? offset);
  return { line, column: col };
}

/** Where a part of a text stands: inside the scalar that was found, as the file writes it. */
function placeIn(node: unknown, text: string, source: string | undefined): number | undefined {
  const range = (node as Node | null)?.range;
  if (source === undefined || range === undefined || range === null) return undefined;
  const at = text.slice(range[0], range[1]).indexOf(source);
  return at < 0 ? undefined : range[0] + at;
}

function child(node: unknown, part: string): { node: unknown; offset: number } | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === part);
    if (pair === undefined) return undefined;
    const offset = rangeStart(pair.key);
    return offset === undefined ? undefined : { node: pair.value, offset };
  }
  if (isSeq(node)) {
    const item = node.items[Number(part)];
    const offset = rangeStart(item);
    return offset === undefined ? undefined : { node: item, offset };
  }
  return undefined;
}

function rangeStart(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}
