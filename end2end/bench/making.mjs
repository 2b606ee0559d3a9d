// What Blender makes in a minute, of each product, and whether it stays the same: other configurations each time, as many at once as there are cores. The
// products twice round, so that memory of the resting processes is compared after like work; after every job beside it, with whatever stills are being made.
// Then the same configurations once more, on a server that has never seen them: the same bytes?
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { startServer } from '../run.mjs';
import { blenders, product, settled, signUp } from './client.mjs';
import { count, figure, machine, publish, quiet, round, sleep, until } from './lib.mjs';

const skus = ['DESK-HA', 'CAB-BASE', 'FIRE-CV', 'HOOD-WL', 'WALL-ST', 'SOFA-LG'];
const each = count('EACH', 34, 2), again = count('AGAIN', 100, 4);
const cores = availableParallelism();

let seed = 4_711;
const random = () => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return seed / 2 ** 32; };
const any = (list) => list[Math.floor(random() * list.length)];

/** `wanted` different valid configurations of a product. */
async function configurations(call, { id, config_schema }, wanted) {
  const found = new Map();
  for (let tries = 0; found.size < wanted && tries < wanted * 40; tries++) {
    const values = {};
    for (const [name, s] of Object.entries(config_schema.properties)) {
      if (random() < 0.4) continue;
      if (s.enum) values[name] = any(s.enum);
      else if (s.type === 'boolean') values[name] = random() < 0.5;
      else if (s.type === 'integer') { const step = s.multipleOf ?? 1; values[name] = s.minimum + step * Math.floor(random() * ((s.maximum - s.minimum) / step + 1)); }
    }
    const answer = await call(`/products/${id}/configure`, { config_data: values });
    if (answer.valid) found.set(answer.key, values);
  }
  return [...found.values()];
}

/** Megabytes that all Blender processes hold. */
const held = (server) => blenders(server).reduce((sum, pid) => {
  try { return sum + Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024; } catch { return sum; }
}, 0);

/** Makes them all, `cores` at a time; answers their hashes, in order. */
async function make(call, server, id, list, seen) {
  const hashes = [], left = list.map((config_data, i) => ({ config_data, i }));
  await Promise.all(Array.from({ length: cores }, async () => {
    for (let next; (next = left.shift());) {
      let job = await call('/jobs', { product_id: id, config_data: next.config_data });
      while (['PENDING', 'QUEUED', 'PROCESSING'].includes(job.status)) { await sleep(25); job = await call(`/jobs/${job.id}`); }
      if (job.status !== 'COMPLETED') throw new Error(`${JSON.stringify(next.config_data)}: ${job.status} ${job.error_code} ${job.error_message}`);
      hashes[next.i] = job.result.sha256;
      seen?.push(held(server));
    }
  }));
  return hashes;
}

const started = async () => {
  const server = await startServer({}, ['serve']);
  const { call } = await signUp(server);
  await settled(server, call);
  return { server, call };
};

/** Waits until no Blender process works: stills of new models are made after them. Answers what they hold then, MB. */
async function rested(server) {
  const work = () => blenders(server).map((pid) => { try { return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\)/s, '').split(' ').slice(12, 14).join(); } catch { return 'ended'; } }).join(';');
  let seen = work(), calm = 0;
  await until('Blender at rest', async () => { const now = work(); calm = now === seen ? calm + 1 : 0; seen = now; return calm >= 8; }, 300_000, 250);
  return held(server);
}

const first = await started();
const rows = [], memory = [], rest = [], made = [], processes = new Set();
let blender;
try {
  blender = (await (await fetch(new URL('/health', first.server.url))).json()).checks.blender;
  const lists = new Map();
  for (const sku of skus) {
    const own = await product(first.call, sku);
    const list = await configurations(first.call, await first.call(`/products/${own.id}`), each);
    lists.set(sku, { id: own.id, halves: [list.slice(0, each / 2), list.slice(each / 2)] });
    rows.push({ product: sku, jobs: 0, minutes: 0 });
  }
  for (const half of [0, 1]) {
    for (const row of rows) {
      const { id, halves } = lists.get(row.product), list = halves[half];
      await quiet();
      const began = performance.now();
      const hashes = await make(first.call, first.server, id, list, memory);
      row.minutes += (performance.now() - began) / 60_000;
      row.jobs += list.length;
      blenders(first.server).forEach((pid) => processes.add(pid));
      made.push(...list.map((config_data, i) => ({ sku: row.product, config_data, hash: hashes[i] })));
      rest.push(await rested(first.server));
      console.error(`   ${row.product}: ${round(row.jobs / row.minutes / cores, 1)} a minute and core, ${Math.round(rest.at(-1))} MB at rest`);
    }
  }
} finally { await first.server.stop(); }

// Mixed, so that each is made after others than the first time.
const wanted = made.map((m) => ({ m, order: random() })).sort((a, b) => a.order - b.order).slice(0, again).map(({ m }) => m);
const second = await started();
let same = 0;
try {
  for (const { sku, config_data, hash } of wanted) {
    const { id } = await product(second.call, sku);
    const [now] = await make(second.call, second.server, id, [config_data]);
    if (now === hash) same += 1; else console.error(`   ${sku} ${JSON.stringify(config_data)}: other bytes`);
  }
} finally { await second.server.stop(); }

// Each product's rest in the second round against that in the first.
const growths = skus.map((_, k) => rest[k + skus.length] - rest[k]), growth = round(growths.reduce((a, b) => a + b, 0) / growths.length, 1);
publish('making', {
  machine: machine({ blender: blender.version, cage: blender.cage }),
  figures: [
    ...rows.map((r) => figure(`exact models of ${r.product}`, 'a minute and core', round(r.jobs / r.minutes / cores, 1))),
    figure(`made once more elsewhere: equal bytes, of ${wanted.length}`, 'files', same, { aim: String(wanted.length), met: same === wanted.length }),
    figure(`memory of the resting Blender processes, second against first half of ${made.length} jobs`, 'MB', growth),
  ],
  products: rows.map(({ product, jobs }) => ({ product, jobs })), processes_seen: processes.size, memory_at_rest_mb: rest.map((m) => round(m, 0)), memory_mb: memory.map((m) => round(m, 0)),
});
