// What happens when something below breaks: a killed server, a killed worker, no Blender, no database, no room, bad settings.
// Every test has a server and a data folder of its own. No browser; nothing here measures time.
import { expect, test } from '@playwright/test';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = dirname(dirname(__dirname));
const binary = process.env.FITOUT_BINARY ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'release', 'fitout');
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));
const startServer = async (env: Record<string, string>, args: string[]) => (await import('../run.mjs')).startServer(env, args);

type Job = {
  id: string; status: string; retry_count: number; worker_id: string | null; result_url: string | null;
  result: { sha256: string; key: string } | null; error_code: string | null; error_message: string | null;
};
type Answer = { status: number; type: string; body: any };

// ---- what a test leaves behind is undone, whatever its end ----

const undo: (() => unknown)[] = [];
test.afterEach(async () => {
  for (const step of undo.splice(0).reverse()) { try { await step(); } catch { /* the next one still has to run */ } }
});

/** A data folder that the database's user may enter, gone after the test with whatever still runs in it. */
function place() {
  const folder = mkdtempSync(join(tmpdir(), 'fitout-faults-'));
  chmodSync(folder, 0o755);
  undo.push(() => {
    const pid = postmaster(folder);
    if (pid && alive(pid)) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  return folder;
}

async function serve(data: string, env: Record<string, string> = {}, args = ['serve']) {
  const server = await startServer({ FITOUT_DATA_DIR: data, ...env }, args);
  undo.push(() => server.stop());
  return server;
}

// ---- processes ----

/** Lives, and is not only waiting to be collected. */
function alive(pid: number) {
  try { return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')); } catch { return false; }
}

function kill9(child: ChildProcess) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise<void>((resolve) => { child.once('exit', () => resolve()); child.kill('SIGKILL'); });
}

/** All processes below one. */
function below(pid: number): number[] {
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
const signal = (owners: number[], name: 'SIGSTOP' | 'SIGCONT') => {
  for (const pid of owners.flatMap(below)) { try { process.kill(pid, name); } catch { /* ended meanwhile */ } }
};

// ---- the private database ----

const pg = (data: string) => join(data, 'pg');
const pidFile = (data: string) => { try { return readFileSync(join(pg(data), 'data/postmaster.pid'), 'utf8').split('\n'); } catch { return []; } };
const postmaster = (data: string) => Number(pidFile(data)[0] ?? 0);
/** Its address for other programs. */
const databaseUrl = (data: string) => `postgres://fitout:${readFileSync(join(pg(data), 'password'), 'utf8').trim()}@127.0.0.1:${pidFile(data)[3].trim()}/fitout`;

/** One value. */
function sql(data: string, query: string) {
  const done = spawnSync('psql', ['-X', '-A', '-t', '-d', databaseUrl(data), '-c', query], { encoding: 'utf8', timeout: 20_000 });
  expect(done.status, done.stderr).toBe(0);
  return done.stdout.trim();
}

/** What one job left: runs that ended well, files noted, files in the folder. */
const traces = (data: string, job: Job) => ({
  runs: sql(data, `select string_agg(distinct r.state, ',') || ' ' || count(distinct r.id) from jobs j join job_runs r on r.id = j.run_id where j.id = '${job.id}'`),
  assets: Number(sql(data, `select count(*) from asset_variants where kind = 'glb' and status = 'ready' and sha256 = '${job.result!.sha256}'`)),
  files: files(join(data, 'files')).filter((f) => f.includes(job.result!.sha256)).length,
});
const onceOnly = { runs: 'done 1', assets: 1, files: 1 };

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? files(join(folder, e.name)) : [join(folder, e.name)]));
}

// ---- the API ----

/** A signed-in program. Every request must be answered within ten seconds. */
class Person {
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
  static async register(url: string) {
    const who = await new Person(url).post('/api/v1/auth/register', { email: 'fay@fitout.example', password: 'a long enough password', name: 'Fay', organization: 'Faults' });
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
async function hang(person: Person, owners: number[]): Promise<Job> {
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

// ---- the faults ----

test.describe.configure({ timeout: 120_000 });

test('a killed server loses nothing: database, configuration and job survive', async () => {
  const data = place();
  const first = await serve(data);
  const person = await Person.register(first.url);
  const saved = await person.post('/api/v1/configurations', { product_id: await person.desk(), name: 'Before the crash', config_data: { width: 1800 } });
  const job = await hang(person, [first.child.pid!]);
  const blenders = below(first.child.pid!);
  await kill9(first.child);
  // The database goes the same way, as in a power cut: it has to recover from its log.
  process.kill(postmaster(data), 'SIGKILL');
  await expect.poll(() => blenders.filter(alive), { message: 'no Blender outlives its server', timeout: 20_000 }).toEqual([]);

  const again = await serve(data);
  const back = person.at(again.url);
  const done = await back.completed(job.id);
  expect(done.retry_count).toBeGreaterThanOrEqual(1);
  expect(done.worker_id).not.toBe(job.worker_id);
  expect(traces(data, done)).toEqual(onceOnly);
  const read = await back.get(`/api/v1/configurations/${saved.id}`);
  expect([read.name, read.config_data.width]).toEqual(['Before the crash', 1800]);
  const model = await fetch(new URL(new URL(done.result_url!, again.url).pathname, again.url));
  expect(Buffer.from(await model.arrayBuffer()).subarray(0, 4).toString()).toBe('glTF');
});

test('without Blender the server works, and says what it cannot do', async () => {
  const server = await serve(place(), { BLENDER_PATH: '/nonexistent' });
  const person = await Person.register(server.url);
  const health = await person.ask('GET', '/health');
  expect(health.status).toBe(200);
  expect(health.body.checks.database).toBe('ok');
  expect(health.body.checks.blender).toMatchObject({ version: null, ready: 0 });

  const product = await person.desk();
  const configured = await person.post(`/api/v1/products/${product}/configure`, { config_data: { width: 1800 } });
  expect(configured.valid).toBe(true);
  const { id } = await person.post('/api/v1/jobs', { product_id: product, config_data: { width: 1800 } });
  const job = await person.ended(id);
  expect([job.status, job.error_code]).toEqual(['FAILED', 'E-BLENDER-MISSING']);
  expect(job.error_message).toMatch(/Blender is not installed.*instant model still works/i);
  expect(job.retry_count, 'trying again would not help').toBe(0);
});

test('a database that is gone for ten seconds is a 503, then all is well', async () => {
  const data = place();
  const server = await serve(data);
  const person = await Person.register(server.url);
  const product_id = await person.desk();
  const acknowledged: string[] = [];
  const save = async (name: string) => {
    const answer = await person.ask('POST', '/api/v1/configurations', { product_id, name, config_data: {} });
    if (answer.status === 201) acknowledged.push(name);
    return answer;
  };
  for (let i = 0; i < 3; i++) await save(`before ${i}`);
  expect(acknowledged.length).toBe(3);
  const job = await person.post('/api/v1/jobs', { product_id, config_data: { width: 1850 } });

  // Who starts the database takes this lock first: while we hold it, nobody does.
  const lock = spawn('flock', [join(pg(data), 'start.lock'), 'sh', '-c', 'echo held; exec sleep 10'], { stdio: ['ignore', 'pipe', 'inherit'] });
  undo.push(() => kill9(lock));
  let released = false;
  lock.once('exit', () => { released = true; });
  await new Promise<void>((resolve, reject) => { lock.stdout!.once('data', () => resolve()); lock.once('error', reject); });
  process.kill(postmaster(data), 'SIGKILL');

  const seen = { read: new Set<number>(), write: new Set<number>(), health: new Set<number>() };
  for (let i = 0; !released; i++) {
    const [read, write, health] = await Promise.all([person.ask('GET', '/api/v1/configurations'), save(`during ${i}`), person.ask('GET', '/health')]);
    for (const answer of [read, write]) {
      if (answer.status < 300) continue;
      expect(answer.status, JSON.stringify(answer.body)).toBe(503);
      expect(answer.type).toBe('application/problem+json');
      expect(answer.body).toMatchObject({ status: 503, code: 'unavailable', detail: expect.stringMatching(/database does not answer/i) });
    }
    seen.read.add(read.status); seen.write.add(write.status); seen.health.add(health.status);
    await sleep(200);
  }
  for (const [what, statuses] of Object.entries(seen)) expect(statuses, what).toContain(503);
  expect(server.child.exitCode).toBeNull();

  await expect.poll(async () => (await person.ask('GET', '/health')).status, { timeout: 40_000 }).toBe(200);
  expect((await save('after')).status).toBe(201);
  await person.completed(job.id);
  const names = new Set<string>();
  for (let path = '/api/v1/configurations?limit=50'; path;) {
    const page = await person.get(path);
    page.items.forEach((c: any) => names.add(c.name));
    path = page.next_cursor && `/api/v1/configurations?limit=50&cursor=${page.next_cursor}`;
  }
  expect(acknowledged.filter((name) => !names.has(name)), 'acknowledged and lost').toEqual([]);
  const audit = spawnSync(binary, ['audit', 'verify'], { cwd: root, encoding: 'utf8', timeout: 30_000, env: { ...process.env, FITOUT_DATA_DIR: data, DATABASE_URL: databaseUrl(data) } });
  expect(audit.status, audit.stdout + audit.stderr).toBe(0);
});

test('a full file store fails the job in clear words and leaves nothing half-written', async () => {
  const data = place();
  const folder = join(data, 'files');
  mkdirSync(folder);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { encoding: 'utf8' });
  test.skip(mounted.status !== 0, `a small file system can't be mounted here: ${mounted.stderr ?? mounted.error}`);
  undo.push(() => spawnSync('umount', ['-l', folder]));
  const filler = join(folder, 'filler');
  const fill = () => { try { writeFileSync(filler, Buffer.alloc(256 << 10), { flag: 'a' }); } catch (e: any) { expect(e.code).toBe('ENOSPC'); } };
  fill();

  const server = await serve(data, { STORAGE_URL: `file://${folder}` });
  const person = await Person.register(server.url);
  const product_id = await person.desk();
  const wish = { product_id, config_data: { width: 1900 } };
  const { id } = await person.post('/api/v1/jobs', wish);
  const job = await person.ended(id, 90_000);
  expect([job.status, job.error_code]).toEqual(['FAILED', 'E-STORAGE-FULL']);
  expect(job.error_message).toMatch(/full.*make room/i);
  expect(job.retry_count).toBe(3);
  const health = await person.ask('GET', '/health');
  expect([health.status, health.body.status]).toEqual([200, 'degraded']);
  expect(health.body.checks.storage).toMatch(/full/i);
  expect((await person.post(`/api/v1/products/${product_id}/configure`, { config_data: wish.config_data })).valid).toBe(true);
  // Empty folders are no harm; a piece of a model would be.
  expect(files(folder)).toEqual([filler]);

  rmSync(filler);
  expect(spawnSync('mount', ['-o', 'remount,size=64m', folder]).status).toBe(0);
  const retried = await person.post('/api/v1/jobs', wish);
  const done = await person.completed(retried.id);
  expect(files(folder).filter((f) => f.includes(done.result!.sha256)).length).toBe(1);
  expect((await person.get('/health')).status).toBe('ok');
});

test('a killed worker is replaced by another one, with one result', async () => {
  const data = place();
  const server = await serve(data, {}, ['serve', '--no-workers']);
  const workers = await Promise.all([1, 2].map(async (n) => {
    const own = place();
    const log = join(own, 'log');
    const out = openSync(log, 'w');
    const child = spawn(binary, ['work'], {
      cwd: root, stdio: ['ignore', out, out],
      env: { ...process.env, FITOUT_ADDR: '127.0.0.1:3000', FITOUT_DATA_DIR: own, DATABASE_URL: databaseUrl(data), STORAGE_URL: `file://${join(data, 'files')}` },
    });
    undo.push(() => kill9(child));
    await expect.poll(() => { expect(child.exitCode, `worker ${n}: ${readFileSync(log, 'utf8')}`).toBeNull(); return readFileSync(log, 'utf8'); }, { timeout: 60_000 }).toContain('works on jobs');
    return child;
  }));
  const person = await Person.register(server.url);
  const job = await hang(person, workers.map((w) => w.pid!));
  const owner = workers.find((w) => job.worker_id!.split('-').includes(String(w.pid)));
  expect(owner, `${job.worker_id} is neither of ${workers.map((w) => w.pid)}`).toBeTruthy();
  const other = workers.find((w) => w !== owner)!;
  const blenders = below(owner!.pid!);
  expect(blenders.length).toBeGreaterThan(0);
  signal([other.pid!], 'SIGCONT');
  await kill9(owner!);

  const done = await person.completed(job.id, 40_000);
  expect(done.worker_id!.split('-')).toContain(String(other.pid));
  expect(done.retry_count).toBe(1);
  expect(traces(data, done)).toEqual(onceOnly);
  await expect.poll(() => blenders.filter(alive), { message: 'no Blender outlives its worker', timeout: 20_000 }).toEqual([]);
  expect(existsSync(join(data, 'files'))).toBe(true);
});

for (const [name, value, words] of [
  ['FITOUT_ADDR', 'nonsense', /address and a port/],
  ['FITOUT_LIMITS', 'maybe', /on or off/],
] as const) {
  test(`a bad ${name} stops the start with one sentence`, () => {
    const own = place();
    const stopped = spawnSync(binary, ['serve'], { cwd: root, encoding: 'utf8', timeout: 20_000, env: { ...process.env, FITOUT_ADDR: '127.0.0.1:0', FITOUT_DATA_DIR: own, [name]: value } });
    expect(stopped.status, stopped.stderr).toBe(1);
    const lines = stopped.stderr.trim().split('\n');
    expect(lines.length, stopped.stderr).toBe(1);
    expect(lines[0]).toContain(`${name} is "${value}"`);
    expect(lines[0]).toMatch(words);
    expect(existsSync(pg(own)), 'nothing was set up').toBe(false);
  });
}
