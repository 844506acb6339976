import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Estate, FailoverCompleted, type PlaceholderTexts, RecoveryPointLate } from '@novacron/contracts';
import { testEstate } from '../../testing/test-estate.js';
import { asEvents, failoverDecided, incident, siteLost, wholeDisaster } from '../../testing/test-history.js';
import { applyEvent } from '../apply-event.js';
import { dutyWords } from '../conversation/duties.js';
import { frozenAudiences } from '../conversation/frozen-plan.js';
import { emptyBook, type Notice } from '../incident-book.js';
import { placeholderTexts } from '../placeholder-texts.js';
import { words } from '../words.js';
import { phrases } from './phrases.js';
import { titles } from './titles.js';
import { wordingOf } from './wording.js';

const translated = ['de', 'es', 'fr'] as const;
let estate: Estate;

beforeAll(async () => {
  estate = await testEstate();
});

const slots = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/gu)].map(([, name]) => name ?? '').toSorted();

describe.each(translated)('the wording in %s', (tag) => {
  const wording = wordingOf(tag);

  it('has every phrase, with the same things to fill', () => {
    for (const phrase of phrases) {
      expect(wording.say(phrase)).not.toBe('');
      expect([phrase, slots(wording.say(phrase))]).toEqual([phrase, slots(phrase)]);
    }
  });

  it('knows what was written in English before, filled, and leaves what others wrote', () => {
    const ours = [
      words.calm,
      words.byHand,
      words.watching,
      words.statusStopped,
      words.moving('dr'),
      words.moving(undefined),
      words.moved('dr'),
      words.statusRestored('dr'),
      words.preparingReturn('dr'),
      words.returning('dr'),
      words.statusReturnStopped('dr'),
      words.statusReturnStopped(undefined),
    ];
    for (const text of ours) expect(wording.translate(text)).not.toBe(text);
    expect(wording.translate(words.moving('dr'))).toContain('dr');
    expect(wording.translate('Promote the standby')).toBe('Promote the standby');
  });

  it('leaves no English in any value of a disaster’s messages', () => {
    for (const notice of notices()) {
      const [theirs, english] = [textsOf(notice, tag), textsOf(notice)];
      // Names, numbers, times and titles are the same in every language; of a team's tasks the runbook has the words.
      const same = Object.entries(theirs).filter(([name, text]) => english[name as keyof PlaceholderTexts] === text);
      const neutral = [
        'START_TIME',
        'UPDATE_NUMBER',
        'PROGRESS_PERCENTAGE',
        'NEXT_UPDATE_TIME',
        'RESOLUTION_TIME',
        'UPDATE_INTERVAL',
      ];
      const names = ['INCIDENT', 'SITE', 'STATUS_PAGE', 'AUDIENCE', 'HOTLINE', 'STEP_NUMBER', 'STEP_COUNT'];
      expect(same.map(([name]) => name).filter((name) => ![...neutral, ...names, 'ETA'].includes(name))).toEqual([]);
    }
  });
});

/** Where built-in runbooks and phases have their titles. */
const services = join(import.meta.dirname, '../../../..');
const withTitles = [
  ...readdirSync(join(services, 'failover/src/steps')).map((file) => join('failover/src/steps', file)),
  'failover/src/replication/replication-runbooks.ts',
  'restoration/src/domain/phases.ts',
].filter((file) => !file.includes('.test.'));

test('every title of a built-in step or phase that people are told is there in every language, and no other', () => {
  const found = withTitles.flatMap((file) =>
    [...readFileSync(join(services, file), 'utf8').matchAll(/\btitle: '(?<title>[^']+)'/gu)].map(
      ({ groups }) => groups?.['title'] ?? '',
    ),
  );
  expect([...new Set(found)].toSorted()).toEqual(Object.keys(titles).toSorted());
});

describe('a call for a duty', () => {
  const late = Object.assign(Object.create(RecoveryPointLate.prototype) as RecoveryPointLate, {
    ...{ component: 'orders', tier: 'tier1', state: 'missed', lagMs: 3_900_000, rpoMs: 60_000 },
  });

  it.each([
    [
      'de',
      'Wiederherstellungspunkt von orders verfehlt',
      '(Stufe tier1) ist 1 Stunde 5 Minuten alt; zugesagt waren 1 Minute.',
    ],
    [
      'es',
      'Punto de recuperación de orders incumplido',
      '(nivel tier1) tiene 1 hora 5 minutos; se prometieron 1 minuto.',
    ],
    ['fr', 'Point de reprise de orders manqué', '(niveau tier1) date de 1 heure 5 minutes ; 1 minute étaient promis.'],
  ])('is in the language of its reader: %s', (tag, subject, text) => {
    const words = dutyWords(late);
    expect(wordingOf(tag).translate(words?.subject ?? '')).toBe(subject);
    expect(
      wordingOf(tag)
        .translate(words?.text ?? '')
        .replaceAll(/[\u00A0\u202F]/gu, ' '),
    ).toContain(text);
  });

  it('is so line by line and sentence by sentence, and leaves a service’s reason as it is', () => {
    const text =
      'Customers was promised an update for 2026-03-15 10:00:00 UTC, and has not had it 5 minutes later. A text waits for approval: a-1.\n' +
      'the disk of store-1 is full. Nothing more is known';
    expect(wordingOf('de').translate(text)).toBe(
      'Customers war eine Mitteilung für 2026-03-15 10:00:00 UTC zugesagt; 5 Minuten später ist sie noch nicht da. Ein Text wartet auf Genehmigung: a-1.\n' +
        'the disk of store-1 is full. Nothing more is known',
    );
    expect(wordingOf('en').translate(text)).toBe(text);
  });
});

test('lengths of time and lists read as they are spoken', () => {
  expect(wordingOf('de').duration(3_900_000)).toBe('1 Stunde 5 Minuten');
  expect(wordingOf('de-AT').list(['a', 'b', 'c'], 'none')).toBe('a, b und c');
  expect(wordingOf('fr').duration(400)).toBe('moins d’une seconde');
  expect(wordingOf('es').list([], 'no service')).toBe('ningún servicio');
  expect(wordingOf('tlh').duration(60_000)).toBe('1 minute');
});

describe('what was lost', () => {
  it.each([
    [{ lostBytes: 0, lossMs: 0 }, 'less than a second', 'none: every acknowledged change is there'],
    [
      { lostBytes: 4_096, lossMs: 3_000, lostRows: 12 },
      '3 seconds',
      '12 changes of the last 3 seconds before the failure were lost (4096 bytes)',
    ],
    [
      { lostBytes: 4_096, lossMs: 3_000 },
      '3 seconds',
      'changes of the last 3 seconds before the failure were lost (4096 bytes)',
    ],
    [{ lostBytes: 96, lossMs: 10, lostRows: 0 }, 'less than a second', 'none: every acknowledged change is there'],
    [{}, 'not known yet', 'none is known of'],
  ] as const)('%j: RPO_REACHED %s, DATA_LOSS %s', (loss, reached, said) => {
    const completed = new FailoverCompleted({
      operationId: 'failover-1',
      fromSite: 'primary',
      toSite: 'secondary',
      mode: 'unplanned',
      epoch: 2,
      fenceLevel: 'L3',
      durationMs: 1,
      timeline: 2,
      switchLsn: '0/1',
      ...loss,
    });
    const [last] = notices(
      [siteLost, failoverDecided, completed].map((data) => ({ data, correlationId: incident })),
    ).slice(-1);
    expect(textsOf(last as Notice)).toMatchObject({ RPO_REACHED: reached, DATA_LOSS: said });
  });
});

function notices(facts = wholeDisaster): Notice[] {
  let book = emptyBook(estate);
  return asEvents(facts).flatMap((event) => {
    const folded = applyEvent(book, event, estate);
    book = folded.book;
    return folded.notice ?? [];
  });
}

function textsOf({ incident: about, at, number, status }: Notice, language?: string): PlaceholderTexts {
  const audiences = frozenAudiences(estate.communication.audiences, estate.communication);
  const customers = audiences.find((audience) => audience.customer) ?? audiences[0];
  if (customers === undefined) throw new Error('the estate has no audience');
  const audience = { ...customers, ...(language === undefined ? {} : { language }) };
  return placeholderTexts(about, { at, updateNumber: number, status }, audience, estate);
}
