import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aptSources, withSuite } from './apt-sources.mjs';

const deb822 = `Types: deb deb-src
# a comment between fields
URIs: http://archive.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/archive.gpg

Types: deb
URIs: http://other.example/debian
Suites: bookworm
Components: main contrib
Enabled: no

Types: deb
URIs: mirror+file:///etc/apt/mirrors/debian.list
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINB
 -----END PGP PUBLIC KEY BLOCK-----
`;

const oneLine = `# deb http://commented.example/debian bookworm main
deb-src http://archive.example/debian bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/archive.gpg] http://archive.example/debian bookworm main contrib # kept
deb http://plain.example/debian bookworm main
`;

describe('the apt sources of a machine', () => {
  /** @type {string} */
  let folder;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'apt-sources-'));
    mkdirSync(join(folder, 'sources.list.d'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are read from paragraphs, without what is switched off', () => {
    writeFileSync(join(folder, 'sources.list.d/debian.sources'), deb822);
    const [first, second, ...more] = aptSources(folder);
    expect(first).toEqual({
      uris: ['http://archive.example/debian'],
      suites: ['bookworm', 'bookworm-updates'],
      components: ['main'],
      options: { 'Signed-By': '/usr/share/keyrings/archive.gpg' },
    });
    expect(second?.uris).toEqual(['mirror+file:///etc/apt/mirrors/debian.list']);
    expect(more).toEqual([]);
  });

  it('are read from lines, with their options', () => {
    writeFileSync(join(folder, 'sources.list'), oneLine);
    writeFileSync(
      join(folder, 'sources.list.d/old.list.disabled'),
      'deb http://disabled.example/debian bookworm main\n',
    );
    expect(aptSources(folder)).toEqual([
      {
        uris: ['http://archive.example/debian'],
        suites: ['bookworm'],
        components: ['main', 'contrib'],
        options: { 'Signed-By': '/usr/share/keyrings/archive.gpg' },
      },
      { uris: ['http://plain.example/debian'], suites: ['bookworm'], components: ['main'], options: {} },
    ]);
  });

  it('keep a key that is written into the source', () => {
    writeFileSync(join(folder, 'sources.list.d/debian.sources'), deb822);
    const source = aptSources(folder)[1];
    expect(source && withSuite(source, 'trixie')).toBe(`Types: deb
URIs: mirror+file:///etc/apt/mirrors/debian.list
Suites: trixie
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINB
 -----END PGP PUBLIC KEY BLOCK-----
`);
  });

  it('are none where apt is not configured', () => {
    expect(aptSources(join(folder, 'nowhere'))).toEqual([]);
  });
});
