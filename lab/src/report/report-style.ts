/** The report's look: light and dark as the reader's device asks, made to be printed too. */
export const reportStyle = `
:root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--text:#18202b;--soft:#5b6675;--line:#e2e6eb;--accent:#2f5fc4;--accent-soft:#8fabe4;
--good:#1a7f4b;--good-bg:#e6f4ec;--bad:#b3261e;--bad-bg:#fcebe9;--act:#8f5a00;--gap:rgba(179,38,30,.11)}
@media(prefers-color-scheme:dark){:root{--bg:#0f1319;--card:#171d25;--text:#e7ebf1;--soft:#99a5b4;--line:#2a323d;--accent:#7ea2f0;--accent-soft:#48639c;
--good:#5fd39a;--good-bg:#12291f;--bad:#ff8a80;--bad-bg:#331816;--act:#f2bf5e;--gap:rgba(255,138,128,.15)}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:66rem;margin:0 auto;padding:2.5rem 1.5rem 3rem}
header p{margin:.2rem 0 0;color:var(--soft)}
h1{font-size:1.5rem;margin:0;letter-spacing:-.01em}
h2{font-size:1.1rem;margin:2.6rem 0 .8rem}
h3{font-size:.95rem;margin:0 0 .6rem}
.verdict{display:flex;gap:1rem;align-items:center;margin:1.6rem 0;padding:1.25rem 1.5rem;border-radius:14px}
.verdict strong{display:block;font-size:1.35rem;line-height:1.3}
.verdict .mark{font-size:1.9rem;line-height:1}
.verdict.passed{background:var(--good-bg)}.verdict.passed strong,.verdict.passed .mark{color:var(--good)}
.verdict.failed{background:var(--bad-bg)}.verdict.failed strong,.verdict.failed .mark{color:var(--bad)}
.figures,.cards{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(13.5rem,1fr))}
.cards{grid-template-columns:repeat(auto-fit,minmax(min(100%,17rem),1fr))}
.figure,.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.15rem 1.3rem;min-width:0}
.figure .label{color:var(--soft);font-size:.88rem}
.figure .value{font-size:2.1rem;line-height:1.2;font-weight:650;letter-spacing:-.02em;margin:.15rem 0}
.figure .value.met{color:var(--good)}.figure .value.missed{color:var(--bad)}
.figure .beside{color:var(--soft);font-size:.88rem}
.meter{height:6px;border-radius:3px;background:var(--line);margin:.7rem 0 .5rem;overflow:hidden}
.meter i{display:block;height:100%;min-width:3px;border-radius:3px;background:var(--good)}
.meter.missed i{background:var(--bad)}
.picture{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1rem 1.1rem .6rem}
.scroll{overflow-x:auto}
.scroll svg{display:block;width:100%;min-width:46rem;height:auto}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--text)}
svg .tick,svg .took{fill:var(--soft);font-size:11px;font-variant-numeric:tabular-nums}
svg .took:not(.inside){paint-order:stroke;stroke:var(--card);stroke-width:3px}
svg .took.inside{fill:var(--card)}
svg .grid{stroke:var(--line);stroke-width:1}
svg .base{stroke:var(--soft);stroke-width:1}
svg .write{fill:var(--accent-soft)}
svg .gap{fill:var(--gap)}
svg .bar{fill:var(--accent)}
svg .bar.failed{fill:var(--bad)}
svg .sent{fill:var(--accent)}
svg .moment line{stroke-width:1.4}
svg .moment .faint{opacity:.3}
svg .moment text{font-weight:600}
svg .bad line{stroke:var(--bad)}svg .bad text{fill:var(--bad)}
svg .act line{stroke:var(--act)}svg .act text{fill:var(--act)}
svg .good line{stroke:var(--good)}svg .good text{fill:var(--good)}
dl{display:grid;grid-template-columns:auto 1fr;gap:.35rem 1.2rem;margin:0}
dt{color:var(--soft)}
dd{margin:0;text-align:right;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.yes{color:var(--good);font-weight:600}.no{color:var(--bad);font-weight:600}
table{width:100%;border-collapse:collapse;font-size:.92rem}
th{text-align:left;color:var(--soft);font-weight:500;font-size:.85rem}
th,td{padding:.5rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}
td.number,th.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
td.name{white-space:nowrap;font-weight:600}
td .times{color:var(--soft)}
.note{color:var(--soft);font-size:.88rem;margin:.5rem 0 0}
footer{margin-top:2.5rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);font-size:.88rem}
@media(max-width:34rem){main{padding:1.5rem 1rem 2rem}.figure .value{font-size:1.8rem}td.name{white-space:normal}}
@media print{:root{--bg:#fff;--card:#fff;--text:#000;--soft:#444;--line:#ccc;--accent:#2f5fc4;--accent-soft:#8fabe4;--good:#1a7f4b;--good-bg:#e6f4ec;--bad:#b3261e;--bad-bg:#fcebe9;--act:#8f5a00;--gap:rgba(179,38,30,.11)}
body{font-size:11px;print-color-adjust:exact;-webkit-print-color-adjust:exact}main{max-width:none;padding:0}
.scroll{overflow:visible}.scroll svg{min-width:0}h2{break-after:avoid}.picture,.card,.figure,.verdict,tr{break-inside:avoid}}
`.trim();
