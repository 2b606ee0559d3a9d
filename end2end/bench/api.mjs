// The REST API at a constant arrival rate (open loop): each request is due at its time whether or not earlier ones are back, and its latency counts from
// then. Server and its Postgres share core 0; the generator (tools/src/load.rs) has core 1. Every request asks about another configuration, so that
// nothing is answered from the server's memory of earlier questions; what that memory does for people who ask the same is told beside it.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServer } from '../run.mjs';
import { product, signUp } from './client.mjs';
import { built, count, figure, machine, median, publish, quantile, quick, quiet, round, sleep, spread, syncTime } from './lib.mjs';

const rate = count('RATE', 500, 100);
const seconds = count('SECONDS_EACH', 20, 2);
const rounds = count('ROUNDS', 3, 1);
const aim = 40;
const connections = 64;
const most = quick ? 800 : 20_000;

/** Sets the cores of this process; what it starts afterwards inherits them. */
const pin = (cores) => execFileSync('taskset', ['-a', '-p', '-c', cores, String(process.pid)], { stdio: 'ignore' });
const allowed = (pid) => readFileSync(`/proc/${pid}/status`, 'utf8').match(/^Cpus_allowed_list:\s*(\S+)/m)?.[1];
/** Busy and whole time of core 0, in ticks. */
const core0 = () => { const t = readFileSync('/proc/stat', 'utf8').match(/^cpu0 (.*)$/m)[1].split(' ').map(Number); const all = t.slice(0, 8).reduce((a, b) => a + b); return { busy: all - t[3] - t[4], all }; };

const programs = built('tools');
const everywhere = allowed(process.pid);
pin('0');
const server = await startServer({}, ['serve', '--no-workers']);
pin('1');
try {
  const postmaster = Number(readFileSync(join(server.data, 'pg/data/postmaster.pid'), 'utf8').split('\n')[0]);
  for (const pid of [server.child.pid, postmaster]) if (allowed(pid) !== '0') throw new Error(`process ${pid} is not on core 0 alone`);
  const { call, auth } = await signUp(server);
  const desk = await product(call, 'DESK-HA');

  // All desks of the standard frame between 1.2 and 2 m are valid; 895,356 of them, in an order that changes several options from one to the next.
  const offers = { width: Array.from({ length: 17 }, (_, i) => 1200 + 50 * i), depth: [700, 800, 900], height: Array.from({ length: 61 }, (_, i) => 650 + 10 * i), finish: ['oak', 'ash', 'walnut', 'smoked_oak', 'white', 'lino'], outlet: ['none', 'left', 'right', 'both'], colour: ['black', 'white', 'silver'], tray: [false, true], handset: [false, true] };
  const all = Object.values(offers).reduce((n, list) => n * list.length, 1);
  let asked = 0;
  const another = () => {
    let rest = (asked++ * 611_953) % all;
    return Object.fromEntries(Object.entries(offers).map(([id, list]) => { const value = list[rest % list.length]; rest = Math.floor(rest / list.length); return [id, value]; }));
  };
  const configure = (config_data) => ({ method: 'POST', path: `/api/v1/products/${desk.id}/configure`, body: JSON.stringify({ config_data }) });
  const common = Array.from({ length: 20 }, another);
  const every = {
    get_product: { name: 'GET product', request: () => ({ method: 'GET', path: `/api/v1/products/${desk.id}` }) },
    post_configure: { name: 'POST configure', request: () => configure(another()) },
    post_configure_again: { name: 'POST configure, asked before', request: (_, i) => configure(common[i % common.length]) },
    post_configurations: { name: 'POST configurations', request: () => ({ method: 'POST', path: '/api/v1/configurations', body: JSON.stringify({ product_id: desk.id, name: `Desk ${asked}`, config_data: another() }) }) },
  };

  // CASES=post_configurations looks at some of them, while working on one; nothing is published then.
  const wanted = process.env.CASES?.split(',');
  const cases = Object.fromEntries(Object.entries(every).filter(([name]) => !wanted || wanted.includes(name)));

  /** Offers `per_second` requests of a case for a while. */
  async function offer(of, per_second, for_seconds) {
    const plan = { address: new URL(server.url).host, rate: per_second, connections, headers: [`authorization: ${auth.authorization}`], requests: Array.from({ length: Math.round(per_second * for_seconds) }, of.request) };
    const child = spawn(join(programs, 'bench-load'), { stdio: ['pipe', 'pipe', 'inherit'] });
    const before = core0();
    child.stdin.end(JSON.stringify(plan));
    const pieces = [];
    child.stdout.on('data', (d) => pieces.push(d));
    const code = await new Promise((resolve) => child.once('close', resolve));
    const after = core0();
    if (code !== 0) throw new Error(`the load generator ended with ${code}`);
    const report = JSON.parse(Buffer.concat(pieces).toString());
    const wrong = Object.entries(report.statuses).filter(([status]) => !/^20[01]$/.test(status)).reduce((n, [, k]) => n + k, 0);
    return { ms: report.latency_us.map((us) => us / 1000), late: report.late_us.map((us) => us / 1000), statuses: report.statuses, wrong, generator: report.cpu_ms / report.wall_ms, core: (after.busy - before.busy) / Math.max(1, after.all - before.all) };
  }

  for (const of of Object.values(cases)) await offer(of, Math.min(rate, 200), quick ? 1 : 5);
  const runs = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (let i = 0; i < rounds; i++) {
    for (const [name, of] of Object.entries(cases)) {
      await quiet();
      const run = await offer(of, rate, seconds);
      if (run.wrong) throw new Error(`${of.name}: ${JSON.stringify(run.statuses)}`);
      runs[name].push(run);
      console.error(`   ${of.name}, ${rate}/s, round ${i + 1}: p50 ${round(quantile(run.ms, 0.5))} ms, p99 ${round(quantile(run.ms, 0.99))} ms`);
    }
  }

  /** The highest rate, to some 5 %, at which p99 stays within the aim: up in steps, then halving the gap. */
  async function highest(of) {
    const tried = [];
    const holds = async (r) => {
      await sleep(1_000);
      const run = await offer(of, r, quick ? 1 : 8);
      const p99 = quantile(run.ms, 0.99), good = !run.wrong && p99 <= aim;
      tried.push({ rate_per_s: r, p99_ms: round(p99), core: round(run.core), generator: round(run.generator), held: good });
      console.error(`   ${of.name}, ${r}/s: p99 ${round(p99)} ms${good ? '' : ', too much'}`);
      return good;
    };
    let low = 0, high = 0;
    for (let r = rate; r <= most; r = Math.round(r * 1.5)) { if (await holds(r)) low = r; else { high = r; break; } }
    // Not even the first: from below.
    for (let r = Math.round(rate / 2); low === 0 && r >= 10; r = Math.round(r / 2)) if (await holds(r)) low = r; else high = r;
    while (high && high > low * 1.05) { const middle = Math.round((low + high) / 2); if (await holds(middle)) low = middle; else high = middle; }
    return { rate_per_s: low, tried };
  }
  const limits = {};
  for (const [name, of] of Object.entries(cases)) limits[name] = await highest(of);

  const together = (name, field) => runs[name].flatMap((r) => r[field]);
  const p99 = (name) => median(runs[name].map((r) => quantile(r.ms, 0.99)));
  if (!wanted) publish('api', {
    machine: machine({ server_cores: '0, with its PostgreSQL', generator_cores: '1', disk_sync_ms: syncTime(server.data) }),
    figures: Object.entries(cases).flatMap(([name, of]) => [
      figure(`${of.name} at ${rate}/s on one core, p99`, 'ms', p99(name), { aim: `≤ ${aim}`, met: p99(name) <= aim }),
      figure(`${of.name}: highest rate with p99 ≤ ${aim} ms`, 'requests/s', limits[name].rate_per_s),
    ]),
    unit: 'ms from the moment at which a request was due', rate_per_s: rate, seconds_each: seconds, rounds, connections,
    ...Object.fromEntries(Object.keys(cases).map((name) => [name, { latency: spread(together(name, 'ms')), p99_by_round: runs[name].map((r) => round(quantile(r.ms, 0.99))), of_it_sent_late: spread(together(name, 'late')), core_of_server_busy: round(median(runs[name].map((r) => r.core))), core_of_generator_busy: round(median(runs[name].map((r) => r.generator))), statuses: runs[name].reduce((sum, r) => { for (const [status, n] of Object.entries(r.statuses)) sum[status] = (sum[status] ?? 0) + n; return sum; }, {}), highest_rate: limits[name] }])),
  });
} finally {
  await server.stop();
  pin(everywhere);
}
