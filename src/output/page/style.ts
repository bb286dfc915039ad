/** Light and dark by what the reader's system says. */
export const STYLE = `
:root { --ground: #ffffff; --ink: #1c2430; --soft: #5a6675; --line: #d8dee6; --lane: #f1f4f8;
  --good: #1a7f4b; --bad: #c0262d; --doubt: #8a5a00; --master: #2f6fde; --replica: #a9c3f2; --acked: #2e9d68; --refused: #9aa5b1; --unknown: #d08a00; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #12161c; --ink: #e6ebf1; --soft: #a3afbd; --line: #313a46; --lane: #1b222b;
    --good: #4cc38a; --bad: #ff7a7f; --doubt: #e5b454; --master: #6fa1ff; --replica: #34507f; --acked: #3fae79; --refused: #6b7684; --unknown: #e0a63a; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1180px; padding: 1.5rem 1rem 4rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; } h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
header p, figcaption { color: var(--soft); margin: .25rem 0 1rem; }
a { color: var(--master); }
.verdict { font-weight: 600; } .verdict.pass { color: var(--good); } .verdict.fail { color: var(--bad); } .verdict.inconclusive { color: var(--doubt); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; } th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 500; } tbody th { font-weight: 500; white-space: nowrap; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; overflow-wrap: normal; } td { overflow-wrap: anywhere; min-width: 4rem; } td.word { white-space: nowrap; }
@media (max-width: 40rem) { tbody th { white-space: normal; min-width: 7rem; } td { min-width: 9rem; } td.number { min-width: 3rem; } }
figure { margin: 1rem 0; }
svg.lanes { display: block; width: 100%; min-width: 720px; height: auto; touch-action: pan-y; }
svg text { fill: var(--soft); font: 12px system-ui, sans-serif; } svg text.name { text-anchor: end; fill: var(--ink); }
svg .axis text { text-anchor: middle; } svg text.fault { fill: var(--bad); }
svg .ground { fill: var(--lane); } svg line.fault { stroke: var(--bad); stroke-width: 1.5; }
svg .event { stroke: var(--refused); } svg .phase { stroke: var(--ink); stroke-width: 2; }
.master { fill: var(--master); background: var(--master); } .replica { fill: var(--replica); background: var(--replica); } .lost { fill: var(--bad); background: var(--bad); }
.acked { fill: var(--acked); background: var(--acked); } .failed { fill: var(--refused); background: var(--refused); }
.unknown { fill: var(--unknown); background: var(--unknown); }
svg.chart { display: block; width: 100%; min-width: 640px; height: auto; } svg .grid { stroke: var(--line); } svg .axis.left text { text-anchor: end; }
svg .curve { fill: none; stroke-width: 1.8; stroke-linejoin: round; } svg .dot { stroke: none; } svg .point { fill: transparent; } svg .point:hover { fill: var(--line); fill-opacity: .5; }
.first { stroke: var(--master); background: var(--master); } .second { stroke: var(--acked); background: var(--acked); } .third { stroke: var(--unknown); background: var(--unknown); }
.fourth { stroke: var(--bad); background: var(--bad); } .plain { stroke: var(--refused); background: var(--refused); }
svg .dot.first { fill: var(--master); } svg .dot.second { fill: var(--acked); } svg .dot.third { fill: var(--unknown); } svg .dot.fourth { fill: var(--bad); } svg .dot.plain { fill: var(--refused); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0; margin: .5rem 0; }
.legend span { display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem; border-radius: 2px; }
@media print { .scripted { display: none; } }
`;
