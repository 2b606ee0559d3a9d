// Servers of a test's own, with what stands below them: processes, the private database, files, and a program that asks.
import { expect } from '@playwright/test';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const root = dirname(dirname(__dirname));
export const binary = process.env.FITOUT_BINARY ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'release', 'fitout');
export const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));
const startServer = async (env: Record<string, string>, args: string[]) => (await import('../run.mjs')).startServer(env, args);

export type Job = {
  id: string; status: string; retry_count: number; worker_id: string | null; result_url: string | null;
  result: { sha256: string; key: string } | null; error_code: string | null; error_message: string | null;
};
type Answer = { status: number; type: string; body: any };

// ---- what a test leaves behind is undone, whatever its end ----

export const undo: (() => unknown)[] = [];
/** For `test.afterEach` of every file that uses this one. */
export async function undoAll() {
  for (const step of undo.splice(0).reverse()) { try { await step(); } catch { /* the next one still has to run */ } }
}

/** A data folder that the database's user may enter, gone after the test with whatever still runs in it. */
export function place() {
  const folder = mkdtempSync(join(tmpdir(), 'fitout-faults-'));
  chmodSync(folder, 0o755);
  undo.push(() => {
    const pid = postmaster(folder);
    if (pid && alive(pid)) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  return folder;
}

export async function serve(data: string, env: Record<string, string> = {}, args = ['serve']) {
  const server = await startServer({ FITOUT_DATA_DIR: data, ...env }, args);
  undo.push(() => server.stop());
  return server;
}

// ---- processes ----

/** Lives, and is not only waiting to be collected. */
export function alive(pid: number) {
  try { return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')); } catch { return false; }
}

export function kill9(child: ChildProcess) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise<void>((resolve) => { child.once('exit', () => resolve()); child.kill('SIGKILL'); });
}

/** All processes below one. */
export function below(pid: number): number[] {
  const parents = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const parent = Number(readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[1]);
      parents.set(parent, [...(parents.get(parent) ?? []), Number(name)]);
    } catch { /* ended meanwhile */ }
  }
  const found: number[] = [];
  for (const next = [pid]; next.length;) { const of = parents.get(next.pop()!) ?? []; found.push(...of); next.push(...of); }
  return found;
}

/** Blender processes are the only children of a server or worker. */
export const signal = (owners: number[], name: 'SIGSTOP' | 'SIGCONT') => {
  for (const pid of owners.flatMap(below)) { try { process.kill(pid, name); } catch { /* ended meanwhile */ } }
};

// ---- the private database ----

export const pg = (data: string) => join(data, 'pg');
const pidFile = (data: string) => { try { return readFileSync(join(pg(data), 'data/postmaster.pid'), 'utf8').split('\n'); } catch { return []; } };
export const postmaster = (data: string) => Number(pidFile(data)[0] ?? 0);
/** Its address for other programs. */
export const databaseUrl = (data: string) => `postgres://fitout:${readFileSync(join(pg(data), 'password'), 'utf8').trim()}@127.0.0.1:${pidFile(data)[3].trim()}/fitout`;

/** One value. */
export function sql(data: string, query: string) {
  const done = spawnSync('psql', ['-X', '-A', '-t', '-d', databaseUrl(data), '-c', query], { encoding: 'utf8', timeout: 20_000 });
  expect(done.status, done.stderr).toBe(0);
  return done.stdout.trim();
}

/** Kills the private database and keeps it from being started again for so many seconds; answers whether they are over. */
export async function withoutDatabase(data: string, seconds: number): Promise<() => boolean> {
  // Who starts the database takes this lock first: while we hold it, nobody does.
  const lock = spawn('flock', [join(pg(data), 'start.lock'), 'sh', '-c', `echo held; exec sleep ${seconds}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  undo.push(() => kill9(lock));
  let over = false;
  lock.once('exit', () => { over = true; });
  await new Promise<void>((resolve, reject) => { lock.stdout!.once('data', () => resolve()); lock.once('error', reject); });
  process.kill(postmaster(data), 'SIGKILL');
  return () => over;
}

/** What one job left: runs that ended well, files noted, files in the folder. */
export const traces = (data: string, job: Job) => ({
  runs: sql(data, `select string_agg(distinct r.state, ',') || ' ' || count(distinct r.id) from jobs j join job_runs r on r.id = j.run_id where j.id = '${job.id}'`),
  assets: Number(sql(data, `select count(*) from asset_variants where kind = 'glb' and status = 'ready' and sha256 = '${job.result!.sha256}'`)),
  files: files(join(data, 'files')).filter((f) => f.includes(job.result!.sha256)).length,
});
export const onceOnly = { runs: 'done 1', assets: 1, files: 1 };

export function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? files(join(folder, e.name)) : [join(folder, e.name)]));
}

// ---- the API ----

/** A signed-in program. Every request must be answered within ten seconds. */
export class Person {
  constructor(public url: string, private token = '') {}
  async ask(method: string, path: string, data?: object): Promise<Answer> {
    const answer = await fetch(this.url + path, {
      method, signal: AbortSignal.timeout(10_000), body: data && JSON.stringify(data),
      headers: { ...(data ? { 'content-type': 'application/json' } : {}), ...(this.token ? { authorization: `Bearer ${this.token}` } : {}) },
    });
    const text = await answer.text();
    let body: any = text;
    try { body = JSON.parse(text); } catch { /* not JSON */ }
    return { status: answer.status, type: answer.headers.get('content-type') ?? '', body };
  }
  async get(path: string) { return this.good(await this.ask('GET', path), path); }
  async post(path: string, data: object) { return this.good(await this.ask('POST', path, data), path); }
  private good(answer: Answer, path: string) {
    expect(answer.status, `${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
    return answer.body;
  }
  static async register(url: string, email = 'fay@fitout.example') {
    const who = await new Person(url).post('/api/v1/auth/register', { email, password: 'a long enough password', name: 'Fay', organization: 'Faults' });
    return new Person(url, who.access_token);
  }
  at(url: string) { return new Person(url, this.token); }
  async desk(): Promise<string> { return (await this.get('/api/v1/products?limit=50')).items.find((p: any) => p.sku === 'DESK-HA').id; }
  async job(id: string): Promise<Job> { return this.get(`/api/v1/jobs/${id}`); }
  async ended(id: string, limit = 60_000): Promise<Job> {
    let job = await this.job(id);
    for (const end = Date.now() + limit; ['PENDING', 'QUEUED', 'PROCESSING'].includes(job.status); job = await this.job(id)) {
      if (Date.now() > end) throw new Error(`the job is still ${job.status}: ${JSON.stringify(job)}`);
      await sleep(100);
    }
    return job;
  }
  async completed(id: string, limit?: number) {
    const job = await this.ended(id, limit);
    expect(job.status, `${job.error_code}: ${job.error_message}`).toBe('COMPLETED');
    return job;
  }
}

/** Asks for a model and holds Blender in the middle of it. */
export async function hang(person: Person, owners: number[]): Promise<Job> {
  const product_id = await person.desk();
  for (let i = 0; i < 15; i++) {
    const { id } = await person.post('/api/v1/jobs', { product_id, config_data: { width: 1050 + 50 * i } });
    let job = await person.job(id);
    for (const end = Date.now() + 60_000; ['PENDING', 'QUEUED'].includes(job.status) && Date.now() < end; job = await person.job(id)) await sleep(5);
    // Again and again for a moment: a process may just be starting.
    for (let k = 0; k < 16 && job.status === 'PROCESSING'; k++) { signal(owners, 'SIGSTOP'); await sleep(25); }
    job = await person.job(id);
    if (job.status === 'PROCESSING') return job;
    signal(owners, 'SIGCONT');
  }
  throw new Error('Blender was always quicker');
}
