// Writes results/README.md from the JSON files beside it: the figures of all benches in one table.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib.mjs';

const folder = join(root, 'end2end/results');
const order = ['first-frame', 'option', 'session', 'memory', 'fidelity', 'host-page', 'blender', 'making', 'queue', 'api', 'fresh', 'long'];
const rank = (name) => (order.indexOf(name) + order.length + 1) % (order.length + 1);
const all = existsSync(folder) ? readdirSync(folder).filter((f) => f.endsWith('.json')).map((file) => ({ file, ...JSON.parse(readFileSync(join(folder, file), 'utf8')) })) : [];
const benches = all.filter((b) => Array.isArray(b.figures)).sort((a, b) => rank(a.bench) - rank(b.bench) || a.bench.localeCompare(b.bench));

/** Three digits that count, and thousands apart. */
const number = (v) => (Math.abs(v) >= 1000 ? Math.round(v).toLocaleString('en-US') : String(Number(v.toPrecision(3))));
const cell = (text) => String(text ?? '').replaceAll('|', '\\|');
const rows = benches.flatMap(({ bench, file, figures }) => figures.map((f, i) => [
  i ? '' : `[${bench}](${file})`, f.what, `${number(f.ours)} ${f.unit}`, f.peer === undefined ? '' : `${number(f.peer)} ${f.unit}, ${f.peer_name}`, f.ratio ?? '', f.aim ?? '', f.met === undefined ? '' : f.met ? 'yes' : '**no**',
]));
const about = (b) => {
  const { cores, cpu, memory_gib, system, ...more } = b.machine ?? {};
  const rest = Object.entries(more).filter(([k, v]) => k !== 'node' && v != null).map(([k, v]) => `${k.replaceAll('_', ' ')} ${v}`).join(', ');
  return `- **${b.bench}**: ${b.measured?.date ?? ''}${b.measured?.commit ? ` at ${b.measured.commit}` : ''}, ${cores} cores, ${cpu}, ${memory_gib} GiB, ${system}${rest ? `, ${rest}` : ''}${b.measured?.times_not_quiet && !b.measured.times_not_quiet.startsWith('0 ') ? `; the machine was not quiet ${b.measured.times_not_quiet} times` : ''}`;
};
const others = all.filter((b) => !Array.isArray(b.figures)).map((b) => `- [${b.file}](${b.file})`).sort();

const text = [
  '# Measured figures', '',
  'Made by `make bench` on a quiet machine; every file here holds the medians, the spread and the values behind one part of this table, which', '`node end2end/bench/summary.mjs` writes. Figures of two machines are not compared; peers are measured in the same run, in turns with ours.', '',
  ...(rows.length ? ['| bench | figure | ours | peer | ratio | aim | met |', '|---|---|---|---|---|---|---|', ...rows.map((r) => `| ${r.map(cell).join(' | ')} |`)] : ['Nothing has been measured yet.']), '',
  ...(benches.length ? ['Measured on:', '', ...benches.map(about), ''] : []),
  ...(others.length ? ['Results of `make long`:', '', ...others, ''] : []),
].join('\n');
writeFileSync(join(folder, 'README.md'), text);
console.log(`summary: ${rows.length} figures of ${benches.length} benches in end2end/results/README.md`);
