/** The page's look: one column, the system's own type, light and dark as the reader's device asks, printable. */
export const statusStyle = `
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--text:#1c2430;--soft:#5a6575;--line:#e1e5ea;
--ok:#1a7f4b;--ok-bg:#e7f5ed;--warn:#8f5a00;--warn-bg:#fdf3dd;--bad:#b3261e;--bad-bg:#fdecea;--na:#4d5969;--na-bg:#edf0f4}
@media(prefers-color-scheme:dark){:root{--bg:#10141a;--card:#181e26;--text:#e6eaf0;--soft:#9aa6b5;--line:#2a323d;
--ok:#5fd39a;--ok-bg:#12291f;--warn:#f2bf5e;--warn-bg:#2d2410;--bad:#ff8a80;--bad-bg:#331816;--na:#b0bac7;--na-bg:#222a34}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:46rem;margin:0 auto;padding:2.5rem 1.25rem 3rem}
h1{font-size:1.05rem;font-weight:600;letter-spacing:.01em;margin:0 0 1.25rem;color:var(--soft)}
h2{font-size:1.1rem;margin:2.5rem 0 .75rem}
h3{font-size:1rem;margin:0 0 .2rem}
.overall{display:flex;gap:.9rem;align-items:center;padding:1.4rem 1.5rem;border-radius:14px;font-size:1.25rem;line-height:1.35;font-weight:600}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:.35rem 1.25rem}
.card.incident{padding:1.15rem 1.25rem}
.group{padding:.8rem 0 .3rem;color:var(--soft);font-size:.85rem;font-weight:600;text-transform:capitalize}
ul,ol{list-style:none;margin:0;padding:0}
.services li{display:flex;justify-content:space-between;gap:1rem;padding:.7rem 0;border-top:1px solid var(--line)}
.services .name::first-letter{text-transform:uppercase}
.name small{display:block;color:var(--soft)}
.state{white-space:nowrap;font-weight:600;font-size:.92rem}
.operational{color:var(--ok)}.degraded{color:var(--warn)}.outage{color:var(--bad)}.unknown{color:var(--na)}
.overall.operational{background:var(--ok-bg)}.overall.degraded{background:var(--warn-bg)}
.overall.outage{background:var(--bad-bg)}.overall.unknown{background:var(--na-bg)}
.timeline{margin-top:.9rem;border-left:2px solid var(--line);padding-left:1.1rem}
.timeline li{position:relative;padding:.1rem 0 .9rem}
.timeline li:last-child{padding-bottom:0}
.timeline li::before{content:"";position:absolute;left:calc(-1.1rem - 6px);top:.58rem;width:10px;height:10px;border-radius:50%;background:var(--line)}
.timeline li:first-child::before{background:var(--soft)}
time{color:var(--soft);font-size:.88rem}
.soft{color:var(--soft);font-size:.92rem;margin:.1rem 0}
.past{border-top:1px solid var(--line);padding:.9rem 0}
.past:first-child{border-top:0}
summary{cursor:pointer}
summary:focus-visible,a:focus-visible{outline:2px solid currentColor;outline-offset:3px;border-radius:3px}
.stale{margin:0 0 1rem;padding:.8rem 1.25rem;border-radius:14px;background:var(--bad-bg);color:var(--bad);font-weight:600}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);font-size:.88rem}
a{color:inherit}
@media(max-width:30rem){main{padding:1.5rem 1rem 2rem}.overall{font-size:1.1rem;padding:1.1rem 1.15rem}.card{padding-left:1rem;padding-right:1rem}}
@media print{body{background:#fff}.card,.overall{break-inside:avoid;border:1px solid #999}}
`.trim();
