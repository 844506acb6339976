import { iconRules } from './icons.js';

/** The look of every page: one column, the system's own type, light and dark as the reader's device asks, printable. */
export const style = packed(`
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--text:#16202c;--soft:#536072;--line:#dfe4ea;--link:#1d4fa3;
--ok:#15683f;--ok-bg:#e4f4eb;--ok-bar:#34a36b;--warn:#7a4d00;--warn-bg:#fdf1d8;--warn-bar:#d99a1c;--part:#973c00;--part-bg:#fdeadd;--part-bar:#e06c2b;
--bad:#ad1d15;--bad-bg:#fce8e6;--bad-bar:#cf392f;--work:#1d4fa3;--work-bg:#e6eefb;--work-bar:#4a7dd0;--na:#4b5767;--na-bg:#eceff3;--na-bar:#b9c1cb}
@media(prefers-color-scheme:dark){:root{--bg:#0e1217;--card:#161b22;--text:#e6eaf0;--soft:#9ca8b7;--line:#2a313b;--link:#8fb6f5;
--ok:#62d29b;--ok-bg:#11281d;--ok-bar:#38a870;--warn:#efbd5f;--warn-bg:#2c230f;--warn-bar:#c58f27;--part:#ff9d66;--part-bg:#31200f;--part-bar:#d96c30;
--bad:#ff8b81;--bad-bg:#341715;--bad-bar:#d9483e;--work:#8fb6f5;--work-bg:#14213a;--work-bar:#4a7dd0;--na:#b3bdca;--na-bg:#212832;--na-bar:#4a5462}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--bg);color:var(--text);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:47rem;margin:0 auto;padding:0 1.25rem}
header{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;align-items:baseline;padding-top:1.75rem}
.brand{font-weight:650;color:var(--text);text-decoration:none;margin-inline-end:auto}
nav ul{display:flex;flex-wrap:wrap;gap:0 1rem}
nav a{display:inline-block;padding:.2rem 0;font-size:.9rem}
h1{font-size:1.45rem;line-height:1.3;font-weight:650;letter-spacing:-.01em;margin:0;text-wrap:balance}
main>h1{margin:1.75rem 0 .6rem}main>h1+p{margin-bottom:1.1rem}
h2{font-size:1.1rem;line-height:1.35;font-weight:650;margin:2.5rem 0 .75rem}
h3{font-size:1rem;line-height:1.4;font-weight:650;margin:0}
p{margin:0}
ul,ol{list-style:none;margin:0;padding:0}
a{color:var(--link);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.5rem 1rem;z-index:1}
.vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.soft,small{color:var(--soft);font-size:.9rem}
small{display:block;font-weight:400}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:.25rem 1.5rem}
.operational{color:var(--ok)}.degraded{color:var(--warn)}.partial-outage{color:var(--part)}.outage{color:var(--bad)}.maintenance{color:var(--work)}.unknown{color:var(--na)}
.incident{padding:1.25rem 1.5rem;margin-top:.75rem;border-inline-start:5px solid var(--bad-bar)}
.incident.monitoring{border-inline-start-color:var(--work-bar)}.incident.resolved,.incident.done{border-inline-start-color:var(--ok-bar)}
.incident h3{font-size:1.12rem;margin-bottom:.2rem}
.incident>.said,.incident>.soft:last-child{margin-top:.6rem}
.line{margin-top:1.1rem;border-inline-start:2px solid var(--line);padding-inline-start:1.15rem}
.line>li{position:relative;padding-bottom:1.1rem}
.line>li:last-child{padding-bottom:0}
.line>li::before{content:"";position:absolute;inset-inline-start:calc(-1.15rem - 6px);top:.45rem;width:10px;height:10px;border-radius:50%;background:var(--line);box-shadow:0 0 0 3px var(--card)}
.line>li:first-child::before{background:var(--soft)}
time,.lt{white-space:nowrap}
.said{white-space:pre-line}
.when{color:var(--soft);font-size:.88rem}
.when b{color:var(--text);font-size:.95rem;font-weight:650;margin-inline-end:.35rem}
.subject{font-weight:600}
.list>li{padding:.8rem 0}
.list>li+li{border-top:1px solid var(--line)}
.links{display:flex;flex-wrap:wrap;gap:.4rem 1.4rem;padding:.9rem 0}
p.links{padding-bottom:0}
footer{margin-top:3rem;padding-top:1.1rem;padding-bottom:3rem;color:var(--soft);font-size:.88rem}
footer p+p{margin-top:.4rem}
@media(prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@media(max-width:34rem){header,main,footer{padding-inline:1rem}h1{font-size:1.25rem}.card{padding-inline:1.1rem}.incident{padding:1.1rem}}
@media(forced-colors:active){.line>li::before{forced-color-adjust:none}.card{border:1px solid}}
@media print{:root{color-scheme:light}body{background:#fff;color:#000}nav,.skip,.noprint{display:none}.card,.incident{break-inside:avoid;border:1px solid #888}footer{margin-top:1.5rem}}
`);

/** What only pages need that show how things are now, or have a form. */
export const liveStyle = packed(`
[class~=st]::before,.overall::before{content:"";width:1.1em;height:1.1em;flex:none;background:currentColor;forced-color-adjust:none;-webkit-mask:var(--i) center/contain no-repeat;mask:var(--i) center/contain no-repeat}
${iconRules}
.overall{display:flex;gap:1rem;align-items:flex-start;margin-top:1.1rem;padding:1.4rem 1.5rem;border-radius:14px}
.overall::before{width:1.9rem;height:1.9rem}
.overall p{margin-top:.35rem;font-size:.9rem;color:var(--text)}
.overall p+p{margin-top:.1rem;color:var(--soft)}
.overall h1{color:inherit}
.overall.operational{background:var(--ok-bg)}.overall.degraded{background:var(--warn-bg)}.overall.partial-outage{background:var(--part-bg)}
.overall.outage{background:var(--bad-bg)}.overall.maintenance{background:var(--work-bg)}.overall.unknown{background:var(--na-bg)}
.note{margin-top:1rem;padding:.85rem 1.25rem;border-radius:12px;background:var(--warn-bg);color:var(--warn);font-weight:600}
.note[hidden]{display:none}
.group{display:flex;flex-wrap:wrap;gap:0 .6rem;align-items:baseline;padding:1.1rem 0 .35rem}
.group:not(:first-child){border-top:1px solid var(--line)}
.region{color:var(--soft);font-size:.85rem}
.parts>li{padding:.6rem 0}
.parts>li:last-child{padding-bottom:1rem}
.row,.parts>li.row{display:flex;gap:1rem;justify-content:space-between;align-items:flex-start}
.st{display:inline-flex;gap:.4rem;align-items:center;white-space:nowrap;font-weight:600;font-size:.92rem}
.bars{display:block;width:100%;height:26px;margin:.45rem 0 .2rem;-webkit-mask:repeating-linear-gradient(90deg,#000 0 calc(100%/90*.68),#0000 0 calc(100%/90));mask:repeating-linear-gradient(90deg,#000 0 calc(100%/90*.68),#0000 0 calc(100%/90))}
.b-o{fill:var(--ok-bar)}.b-d{fill:var(--warn-bar)}.b-p{fill:var(--part-bar)}.b-x{fill:var(--bad-bar)}.b-m{fill:var(--work-bar)}.b-u{fill:var(--na-bar)}
.cap{display:flex;justify-content:space-between;gap:.75rem;color:var(--soft);font-size:.82rem}
.incident.degraded-i{border-inline-start-color:var(--warn-bar)}.incident.planned{border-inline-start-color:var(--work-bar)}
.next{margin-top:.5rem;font-weight:600}
form{padding:1rem 0 1.1rem}
label,legend{font-weight:600;font-size:.95rem}
fieldset{border:0;margin:.9rem 0;padding:0}
fieldset label{display:flex;gap:.55rem;align-items:center;font-weight:400;min-height:1.9rem}
input[type=email]{display:block;width:100%;max-width:24rem;margin-top:.3rem;padding:.55rem .75rem;font:inherit;color:inherit;background:var(--bg);border:1px solid var(--soft);border-radius:8px}
input[type=checkbox]{width:1.15rem;height:1.15rem;accent-color:var(--link)}
button{font:inherit;font-weight:600;padding:.6rem 1.25rem;border:0;border-radius:8px;background:var(--link);color:var(--bg);cursor:pointer;min-height:2.75rem}
.trap{display:none}
table{width:100%;min-width:34rem;overflow-wrap:normal;border-collapse:collapse;font-size:.9rem;margin:.25rem 0 .75rem}
th,td{text-align:start;padding:.3rem .5rem .3rem 0;border-top:1px solid var(--line);vertical-align:top}
th{font-weight:600}
.scroll{overflow-x:auto}
.late{visibility:hidden;animation:show 0s 5m forwards}
@keyframes show{to{visibility:visible}}
@media(max-width:34rem){.overall{padding:1.15rem 1.1rem;gap:.75rem}.overall::before{width:1.6rem;height:1.6rem}.bars{height:22px}}
@media(forced-colors:active){.bars{forced-color-adjust:none}.overall,.note{border:1px solid}}
@media print{form{display:none}.overall{break-inside:avoid;border:1px solid #888}.overall,.bars{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`);

function packed(rules: string): string {
  return rules.trim().replaceAll('\n', '');
}
