/** The style of a report: on a screen in light or dark, following the reader's system, and on paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #fbfaf7; --card: #ffffff; --line: #e2ded5; --text: #1f2a37; --quiet: #55606e; --muted: #9aa3ad;
  --accent: #1f6f6a; --good: #6fa899; --partial: #d9a441; --bad: #b3372c; --stopped: #a9adb3;
  --bad-text: #a02b21; --good-text: #1c655f; --partial-text: #7a5408;
  --heat-0: #dcebe5; --heat-1: #f5dfb8; --heat-2: #eeb98a; --heat-3: #d9785a; --heat-4: #a82e24;
  --heat-text-0: #1f2a37; --heat-text-1: #1f2a37; --heat-text-2: #1f2a37; --heat-text-3: #1a0f0c; --heat-text-4: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14181d; --card: #1b2127; --line: #323a43; --text: #e6e9ec; --quiet: #a9b3bd; --muted: #76818c;
    --accent: #6cc4b8; --good: #4f8a7d; --partial: #c9973c; --bad: #e0685a; --stopped: #6a727b;
    --bad-text: #f0958a; --good-text: #7fd0c4; --partial-text: #e3b765;
    --heat-0: #24403b; --heat-1: #5d4a22; --heat-2: #86562c; --heat-3: #b5543a; --heat-4: #e8766a;
    --heat-text-0: #e6e9ec; --heat-text-1: #f6efe0; --heat-text-2: #ffffff; --heat-text-3: #ffffff; --heat-text-4: #1a0f0c;
  }
}
* { box-sizing: border-box; }
html { font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif; color: var(--text); background: var(--page); }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 68rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .35rem; letter-spacing: -.01em; }
h2 { font-size: 1.25rem; margin: 0 0 .25rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
p { margin: .25rem 0 .75rem; max-width: 46rem; }
a { color: var(--accent); }
.lede { font-size: 1.1rem; }
.quiet, figcaption, caption, footer { color: var(--quiet); }
.quiet, figcaption, footer { font-size: .9rem; }
.skip { position: absolute; left: -99rem; }
.skip:focus { position: static; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; list-style: none; padding: 0; margin: 1rem 0 0; font-size: .95rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.25rem 1.4rem 1.4rem; margin: 1.25rem 0 0; }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: .75rem; padding: 0; margin: 1.5rem 0 0; }
.tiles > div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .8rem 1rem .7rem; display: flex; flex-direction: column; }
.tiles dt { order: 0; color: var(--quiet); font-size: .9rem; }
.tiles dd { margin: 0; }
.tiles .figure { font-size: 1.75rem; font-weight: 600; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tiles .note { color: var(--quiet); font-size: .85rem; }
.bad { color: var(--bad-text); } .good { color: var(--good-text); } .partial { color: var(--partial-text); }
figure { margin: 1rem 0 .5rem; }
figure svg { --plot-background: transparent; width: 100%; height: auto; color: var(--quiet); overflow: visible; }
.scroll { overflow-x: auto; margin-top: .5rem; }
.plot { min-width: 40rem; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; padding: 0; margin: .25rem 0 0; font-size: .85rem; color: var(--quiet); }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: 3px; margin-right: .4em; vertical-align: -.05em; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-size: .9rem; padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .38rem .75rem .38rem 0; border-bottom: 1px solid var(--line); }
thead th { color: var(--quiet); font-weight: 600; white-space: nowrap; border-bottom: 2px solid var(--line); }
tbody th, tbody td { max-width: 24rem; overflow-wrap: anywhere; }
tbody th { font-weight: 600; }
td:last-child { min-width: 14rem; }
details td:last-child, td.number:last-child { min-width: 0; }
.number { text-align: right; white-space: nowrap; }
td.number, th.number { padding-right: 1.1rem; }
time { white-space: nowrap; }
th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-align: inherit; }
th button::after { content: '\\2195'; opacity: .45; margin-left: .3em; }
th[aria-sort=ascending] button::after { content: '\\2191'; opacity: 1; }
th[aria-sort=descending] button::after { content: '\\2193'; opacity: 1; }
.search { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .9rem; margin: .75rem 0 .25rem; }
.search[hidden] { display: none; }
.search input { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--muted); border-radius: 6px; padding: .35rem .6rem; width: 20rem; max-width: 100%; }
.search p { margin: 0; color: var(--quiet); font-size: .9rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
details { margin-top: .75rem; }
summary { cursor: pointer; color: var(--accent); font-size: .92rem; }
footer { margin-top: 2rem; }
@media (max-width: 52rem) { .tiles { grid-template-columns: repeat(2, 1fr); } }
@media screen and (max-width: 52rem) { tbody th, tbody td { max-width: 14rem; overflow-wrap: break-word; } }
@media (max-width: 34rem) { body { padding: 1.25rem .75rem 3rem; } section { padding: 1rem; } h1 { font-size: 1.55rem; } }
@media print {
  :root {
    --page: #ffffff; --card: #ffffff; --line: #d5d2ca; --text: #15191e; --quiet: #444c55; --muted: #8a929a;
    --accent: #1f6f6a; --good: #6fa899; --partial: #d9a441; --bad: #b3372c; --stopped: #a9adb3;
    --bad-text: #a02b21; --good-text: #1c655f; --partial-text: #7a5408;
    --heat-0: #dcebe5; --heat-1: #f5dfb8; --heat-2: #eeb98a; --heat-3: #d9785a; --heat-4: #a82e24;
    --heat-text-0: #1f2a37; --heat-text-1: #1f2a37; --heat-text-2: #1f2a37; --heat-text-3: #1a0f0c; --heat-text-4: #ffffff;
    color-scheme: light;
  }
  @page { margin: 14mm 12mm; }
  html { font-size: 11px; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { max-width: none; padding: 0; }
  nav, .skip, .search, details { display: none; }
  section { border: 0; border-radius: 0; border-top: 1px solid var(--line); padding: 1rem 0 0; }
  h2, h3, caption, figcaption, section > p.quiet { break-after: avoid; }
  figure, tr, .tiles { break-inside: avoid; }
  .tiles { grid-template-columns: repeat(4, 1fr); }
  .scroll { overflow: visible; }
  .plot { min-width: 0; }
  thead { display: table-header-group; }
  th button::after { content: ''; }
  .long tbody tr:nth-child(n + 201 of :not([hidden])) { display: none; }
}
@media not print { .paper { display: none; } }
`;
