import { readFileSync, writeFileSync } from 'node:fs';
import { renderReport } from '../../functions/report/page.ts';

console.time('render');
const out = renderReport(JSON.parse(readFileSync('/tmp/report.json', 'utf8')));
console.timeEnd('render');
writeFileSync('/tmp/report.html', out);
console.log(out.length);
