// Fitout's job engine beside graphile_worker, on the same Postgres, in turns. The work is done by queue/ (Rust); here it is counted.
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { built, count, figure, machine, publish, quantile, quiet, ratio, round, spread, syncTime } from './lib.mjs';

const settings = { QUEUE_JOBS: count('QUEUE_JOBS', 20_000, 500), QUEUE_ROUNDS: count('QUEUE_ROUNDS', 7, 2), QUEUE_SECONDS: count('QUEUE_SECONDS', 5, 1) };
const programs = built('queue');
await quiet();
const child = spawn(join(programs, 'queue-bench'), { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...settings } });
const pieces = [];
child.stdout.on('data', (d) => pieces.push(d));
const code = await new Promise((resolve) => child.once('close', resolve));
if (code !== 0) throw new Error(`the queue bench ended with ${code}`);
const { candidates, rounds, ...facts } = JSON.parse(Buffer.concat(pieces).toString());

const ours = candidates[0].name;
const per_second = (name) => rounds.map((r) => r[name].jobs_per_s);
const waits = (name) => rounds.map((r) => r[name].enqueue_to_start_ms);
const p = (name, q) => quantile(waits(name).flat(), q);
const peers = candidates.slice(1).map((c) => c.name);
// The peer is taken at the better of its settings, for each figure.
const most = peers.reduce((a, b) => (spread(per_second(a)).p50 >= spread(per_second(b)).p50 ? a : b));
const soonest = peers.reduce((a, b) => (p(a, 0.5) <= p(b, 0.5) ? a : b));
const faster = ratio(per_second(ours), per_second(most));
// Times as fast: its wait to ours.
const sooner = (q) => ratio(waits(soonest).map((w) => quantile(w, q)), waits(ours).map((w) => quantile(w, q)));
const [p50, p99] = [sooner(0.5), sooner(0.99)];
// The peer's call without a transaction, which ours has not: shown, since somebody may want it.
const alone = (name) => rounds.map((r) => r[name].alone_ms);
const lone = peers.reduce((a, b) => (quantile(alone(a).flat(), 0.5) <= quantile(alone(b).flat(), 0.5) ? a : b));
const beside = ratio(alone(lone).map((w) => quantile(w, 0.5)), waits(ours).map((w) => quantile(w, 0.5)));
publish('queue', {
  machine: machine({ postgres: facts.postgres, disk_sync_ms: syncTime(tmpdir()) }),
  figures: [
    figure('no-op jobs per second', 'jobs/s', spread(per_second(ours)).p50, { peer: spread(per_second(most)).p50, peer_name: most, ratio: faster.median, aim: '≥ 1', met: faster.median >= 1 }),
    figure('from enqueue in a transaction to start, p50', 'ms', p(ours, 0.5), { peer: p(soonest, 0.5), peer_name: soonest, ratio: p50.median, aim: '≥ 1 (times as fast)', met: p50.median >= 1 }),
    figure('from enqueue in a transaction to start, p99', 'ms', p(ours, 0.99), { peer: p(soonest, 0.99), peer_name: soonest, ratio: p99.median, aim: '≥ 1 (times as fast)', met: p99.median >= 1 }),
    figure('the same beside a call without a transaction, p50', 'ms', p(ours, 0.5), { peer: quantile(alone(lone).flat(), 0.5), peer_name: `${lone}, no transaction`, ratio: beside.median }),
  ],
  candidates, jobs: facts.jobs, latency_jobs_per_s: facts.latency_jobs_per_s, latency_seconds: facts.latency_seconds, rounds: rounds.length,
  jobs_per_s: Object.fromEntries(candidates.map(({ name }) => [name, { ...spread(per_second(name), 0), values: per_second(name).map((v) => round(v, 0)) }])),
  enqueue_to_start_ms: Object.fromEntries(candidates.map(({ name }) => [name, spread(waits(name).flat())])),
  alone_ms: Object.fromEntries(peers.map((name) => [name, spread(alone(name).flat())])),
  times_as_fast: { jobs_per_s: Object.fromEntries(peers.map((name) => [name, ratio(per_second(ours), per_second(name))])), enqueue_to_start_p50: p50, enqueue_to_start_p99: p99 },
});
