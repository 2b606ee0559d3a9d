// Blender through the real API: cold jobs (no Blender runs: the job waits for one to start) and warm ones in turns, then 500 identical requests at once.
//
// Two times of each: what a client sees (request sent → event "completed" heard), and the run itself (claimed → stored, as the job reports it).
import { startServer } from '../run.mjs';
import { listen, noBlender, product, settled, signUp, sql } from './client.mjs';
import { count, figure, machine, publish, quiet, ratio, round, spread, until } from './lib.mjs';

const pairs = count('PAIRS', 15, 2);
// Warm jobs are short: more of them give the tail its say.
const warm_each = count('WARM', 8, 2);
const crowd = count('CROWD', 500, 40);
const aim = 150;

const server = await startServer({}, ['serve']);
try {
  const { call, auth } = await signUp(server);
  await settled(server, call);
  const desk = await product(call, 'DESK-HA');
  const events = await listen(server, auth);
  let next = 0;
  /** A desk that nobody has asked for yet; all are of the standard frame and valid. */
  const fresh = () => { const i = next++; return { width: 1200 + 50 * (i % 17), depth: [700, 800, 900][i % 3], height: 650 + 10 * (i % 61) }; };
  const idle = (job) => until('the pictures that follow', async () => (await call(`/jobs/${job.id}`)).result?.thumbnail_url, 120_000, 100);
  const make = async (config_data) => {
    const began = performance.now();
    const asked = await call('/jobs', { product_id: desk.id, config_data });
    if (asked.cache_hit) throw new Error('a desk that was thought new was there already');
    const { job, at } = await events.ended(asked.id);
    if (job.status !== 'COMPLETED') throw new Error(`${job.status} ${job.error_code} ${job.error_message}`);
    // The chained pictures would share the two cores with the next model.
    await idle(job);
    return { client: at - began, run: job.run_ms, bytes: job.result.bytes };
  };

  await make(fresh());
  const cold = [], warm = [], warm_of_pair = [];
  for (let i = 0; i < pairs; i++) {
    await quiet();
    if (await noBlender(server) === 0) throw new Error('no Blender process was found: nothing would be cold');
    cold.push(await make(fresh()));
    const after = [];
    for (let k = 0; k < warm_each; k++) after.push(await make(fresh()));
    warm.push(...after);
    warm_of_pair.push(after[0]);
    console.error(`   pair ${i + 1} of ${pairs}: cold ${Math.round(cold.at(-1).client)} ms, warm ${after.map((j) => Math.round(j.client)).join(' ')} ms`);
  }

  // 500 people press the same button.
  await quiet();
  const same = fresh();
  const began = performance.now();
  const accepted = [];
  const asked = await Promise.all(Array.from({ length: crowd }, async () => {
    const job = await call('/jobs', { product_id: desk.id, config_data: same });
    accepted.push(performance.now() - began);
    return job;
  }));
  await until('the crowd’s jobs', async () => (await call('/jobs?state=open&limit=1')).items.length === 0, 120_000, 50);
  const jobs = [];
  for (const { id } of asked) jobs.push(await call(`/jobs/${id}`));
  const bad = jobs.filter((j) => j.status !== 'COMPLETED');
  if (bad.length) throw new Error(`${bad.length} of ${crowd} did not complete: ${bad[0].status} ${bad[0].error_code}`);
  // The journal: runs of this artefact, and how often one was claimed (a second try would show).
  const [runs, claims] = sql(server, `select count(*), coalesce(sum(r.fence), 0) from job_runs r where r.kind = 'model' and r.key = (select key from jobs where id = '${asked[0].id}')`).split('|').map(Number);
  const started = jobs.filter((j) => !j.cache_hit).length;
  const files = new Set(jobs.map((j) => j.result.sha256)).size;
  const ends = jobs.map((j) => Date.parse(j.completed_at) - Math.min(...jobs.map((k) => Date.parse(k.created_at))));
  events.stop();

  const times = (list, field) => spread(list.map((j) => j[field]), 1);
  const p50 = times(warm, 'client').p50;
  const cold_to_warm = ratio(cold.map((j) => j.client), warm_of_pair.map((j) => j.client), 1);
  const health = (await (await fetch(new URL('/health', server.url))).json()).checks.blender;
  publish('blender', {
    machine: machine({ blender: health.version, cage: health.cage, processes: 2 }),
    figures: [
      figure('exact desk, warm Blender: request to completed, p50', 'ms', p50, { aim: `≤ ${aim}`, met: p50 <= aim }),
      figure('the same, p95', 'ms', times(warm, 'client').p95),
      figure('exact desk, cold Blender: request to completed, p50', 'ms', times(cold, 'client').p50, { peer: p50, peer_name: 'warm', ratio: cold_to_warm.median }),
      figure(`runs for ${crowd} identical requests at once`, 'runs', claims, { aim: '1', met: runs === 1 && claims === 1 && started === 1 && files === 1 }),
    ],
    unit: 'ms', cold: { request_to_completed: times(cold, 'client'), run: times(cold, 'run') }, warm: { request_to_completed: times(warm, 'client'), run: times(warm, 'run') },
    cold_to_warm, cold_to_warm_run: ratio(cold.map((j) => j.run), warm_of_pair.map((j) => j.run), 1), glb_bytes: spread(warm.map((j) => j.bytes), 0).p50,
    identical_requests: { requests: crowd, runs, claims, requests_that_started_one: started, different_files: files, accepted: spread(accepted, 1), first_request_to_completed: spread(ends, 0) },
    pairs, cold_values: cold.map((j) => round(j.client, 1)), warm_values: warm.map((j) => round(j.client, 1)),
  });
} finally { await server.stop(); }
