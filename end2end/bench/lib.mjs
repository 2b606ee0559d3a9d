// Shared by the benches: statistics, what machine this is, waiting for it to be quiet, results as JSON, own tools.
import { execFileSync } from 'node:child_process';
import { closeSync, fdatasyncSync, mkdirSync, openSync, readFileSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = dirname(fileURLToPath(import.meta.url));
export const root = join(here, '../..');

/** `BENCH_QUICK=1` proves that a bench works: small counts, and the result goes to `artefacts`, not to the published ones. */
export const quick = !!process.env.BENCH_QUICK;
export const results = quick ? join(root, 'end2end/artefacts/bench') : join(root, 'end2end/results');
/** How many: from the environment, else the full count, else the small one of a quick run. */
export const count = (name, full, small) => Number(process.env[name] ?? (quick ? small : full));

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Polls until `check` answers something true; throws with `what` when it takes longer than `limit` ms. */
export async function until(what, check, limit = 120_000, every = 100) {
  const began = performance.now();
  for (;;) {
    const answer = await check();
    if (answer) return answer;
    if (performance.now() - began > limit) throw new Error(`waited ${limit / 1000} s in vain: ${what}`);
    await sleep(every);
  }
}

// --- statistics ------------------------------------------------------------------------------------------------------------------

/** The value below which a share `q` lies, between neighbours by linear interpolation. */
export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  if (!sorted.length) return NaN;
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)], high = sorted[Math.ceil(at)];
  return low + (high - low) * (at - Math.floor(at));
}
export const median = (values) => quantile(values, 0.5);
export const round = (value, digits = 2) => Math.round(value * 10 ** digits) / 10 ** digits;

/** Count, extremes, quartiles with their distance, and the tail. */
export function spread(values, digits = 2) {
  const at = (q) => round(quantile(values, q), digits);
  return { n: values.length, min: at(0), p25: at(0.25), p50: at(0.5), p75: at(0.75), iqr: round(quantile(values, 0.75) - quantile(values, 0.25), digits), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/** Ratios `a/b` of pairs that were measured side by side: their median, and a 95 % interval by bootstrap (10,000 draws, always the same ones). */
export function ratio(a, b, digits = 3) {
  const each = a.slice(0, b.length).map((value, i) => value / b[i]);
  let seed = 0x9e3779b9;
  const random = () => { seed = (seed + 0x6d2b79f5) | 0; let t = Math.imul(seed ^ (seed >>> 15), 1 | seed); t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32; };
  const draws = Array.from({ length: 10_000 }, () => median(each.map(() => each[Math.floor(random() * each.length)])));
  return { pairs: each.length, median: round(median(each), digits), interval_95: [round(quantile(draws, 0.025), digits), round(quantile(draws, 0.975), digits)] };
}

// --- the machine -----------------------------------------------------------------------------------------------------------------

function cpuTimes() {
  const total = { busy: 0, all: 0 };
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.irq + times.idle;
    total.all += all;
    total.busy += all - times.idle;
  }
  return total;
}

/** Cores at work over the next `ms`, of the whole machine. */
export async function busyCores(ms = 400) {
  const before = cpuTimes();
  await sleep(ms);
  const after = cpuTimes();
  return (after.busy - before.busy) / Math.max(1, after.all - before.all) * cpus().length;
}

let noisy = 0, looked = 0;
/** Waits until others leave at least all but half a core alone; call it when nothing of the bench is at work. Counts the times it gave up. */
export async function quiet(limit = quick ? 1_000 : 30_000) {
  looked += 1;
  const began = performance.now();
  while (await busyCores() > 0.5) if (performance.now() - began > limit) { noisy += 1; return; }
}

function said(program, ...args) {
  try { return execFileSync(program, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' } }).trim(); } catch { return null; }
}

/** What ran this; figures of two machines are not compared. `more`: browser, GPU, Postgres … */
export function machine(more = {}) {
  const os = readFileSync('/etc/os-release', 'utf8').match(/^PRETTY_NAME="?([^"\n]*)/m)?.[1];
  return { cores: cpus().length, cpu: cpus()[0]?.model, memory_gib: round(totalmem() / 2 ** 30, 1), system: os, node: process.version, ...more };
}

/** Median time until 8 kB on the disk of `folder` are safe, ms: no commit is faster. */
export function syncTime(folder) {
  const path = join(folder, `sync-${process.pid}`), file = openSync(path, 'w'), block = Buffer.alloc(8192, 1);
  const times = Array.from({ length: 60 }, () => { const began = performance.now(); writeSync(file, block, 0, block.length, 0); fdatasyncSync(file); return performance.now() - began; });
  closeSync(file);
  unlinkSync(path);
  return round(median(times));
}

// --- results ---------------------------------------------------------------------------------------------------------------------

/** JSON that reads well in a diff: one member a line, lists of plain values in one line. */
export function pretty(value, indent = '') {
  const inner = `${indent}  `;
  const plain = (v) => v === null || typeof v !== 'object';
  if (Array.isArray(value)) {
    if (value.every(plain)) return `[${value.map((v) => JSON.stringify(v)).join(', ')}]`;
    return `[\n${value.map((v) => inner + pretty(v, inner)).join(',\n')}\n${indent}]`;
  }
  if (plain(value)) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, v]) => v !== undefined);
  return members.length ? `{\n${members.map(([k, v]) => `${inner}${JSON.stringify(k)}: ${pretty(v, inner)}`).join(',\n')}\n${indent}}` : '{}';
}

/**
 * One line of the summary. `ours` and `peer`: numbers in `unit`; `ratio`: ours to the peer's; `aim`: words; `met`: whether it was reached.
 */
export const figure = (what, unit, ours, { peer, peer_name, ratio, aim, met } = {}) => ({ what, unit, ours: round(ours, 3), peer_name, peer: peer === undefined ? undefined : round(peer, 3), ratio, aim, met });

/** Writes one result and says it in one line. `figures` come first: they are what the summary shows. `measured_commit`: where it is not the checkout's. */
export function publish(name, { machine: about, figures, measured_commit, ...details }) {
  mkdirSync(results, { recursive: true });
  const commit = measured_commit ?? said('git', 'describe', '--always', '--exclude', '*');
  const clean = measured_commit || said('git', 'status', '--porcelain', '--', '.', ':!end2end/results') === '';
  const whole = {
    bench: name, command: `make bench, or .ci/bench ${name}`, measured: { date: new Date().toISOString().slice(0, 10), commit: commit && (clean ? commit : `${commit} and changes`), times_not_quiet: looked ? `${noisy} of ${looked}` : undefined },
    machine: about, figures, ...details,
  };
  writeFileSync(join(results, `${name}.json`), `${pretty(whole)}\n`);
  const words = figures.map((f) => `${f.what} ${f.ours} ${f.unit}${f.ratio === undefined ? '' : ` (× ${f.ratio} of ${f.peer_name})`}${f.met === undefined ? '' : f.met ? ' ✓' : ' ✗'}`);
  console.log(`${name}: ${words.join('; ')}`);
}

// --- own tools, in Rust ------------------------------------------------------------------------------------------------------------

/** Builds a project beside this file when it changed; answers where its programs lie. */
export function built(project) {
  execFileSync('cargo', ['build', '--quiet', '--release', '--manifest-path', join(here, project, 'Cargo.toml')], { stdio: 'inherit', cwd: join(here, project) });
  return join(process.env.CARGO_TARGET_DIR ?? join(here, project, 'target'), 'release');
}
