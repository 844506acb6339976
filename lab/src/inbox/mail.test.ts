import { parseMail } from './mail.js';

const lines = (...text: string[]): string => text.join('\r\n');

it('reads folded headers, encoded words and quoted-printable text', () => {
  const mail = parseMail(
    lines(
      'From: dr@novacron.io',
      'Subject: =?UTF-8?Q?St=C3=B6rung:?=',
      ' =?UTF-8?B?WmFobHVuZ2Vu?=',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'We are aware of a prob=',
      'lem =E2=80=93 since 09:00',
      '',
      'Bye',
      '',
    ),
  );
  expect(mail.subject).toBe('Störung:Zahlungen');
  expect(mail.text).toBe('We are aware of a problem – since 09:00\n\nBye');
  expect(mail.headers['from']).toBe('dr@novacron.io');
});

it('takes the plain text of a message of several parts', () => {
  const mail = parseMail(
    lines(
      'Subject: two',
      'Content-Type: multipart/alternative; boundary="xyz"',
      '',
      '--xyz',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from('plain words').toString('base64'),
      '--xyz',
      'Content-Type: text/html',
      '',
      '<p>html</p>',
      '--xyz--',
      '',
    ),
  );
  expect(mail.text).toBe('plain words');
});
