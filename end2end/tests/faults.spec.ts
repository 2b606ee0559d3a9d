// What happens when something below breaks: a killed server, a killed worker, a Blender that is absent or mad, no database, no room, bad settings.
// Every test has a server and a data folder of its own. No browser.
import { expect, test } from '@playwright/test';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Person, alive, below, binary, databaseUrl, files, hang, kill9, onceOnly, pg, place, postmaster, root, serve, signal, sleep, sql, traces, undo, undoAll, withoutDatabase } from './own';

test.afterEach(undoAll);

test.describe.configure({ timeout: 240_000 });

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

/** A program in Blender's place: it greets as one does, then misbehaves at every job, in a way that the width says. */
const mad = `#!/usr/bin/python3
import json, os, sys, time
def tell(**answer): print(json.dumps(answer), flush=True)
def rubbish(order):
    with open(os.path.join(order['scratch'], 'model.glb'), 'w') as file: file.write('glTF, or so')
    tell(type='done', run_ms=1)
deeds = {
    1800: lambda order: time.sleep(600),
    1850: rubbish,
    1900: lambda order: print('Fra:1 Mem:20M', flush=True),
}
tell(type='hello', version='4.5.0', pid=os.getpid())
for line in sys.stdin:
    order = json.loads(line)
    tell(type='progress', percent=5, step='Building parts, 1 of 3')
    deeds.get(round(order['parts']['bounding_box_mm'][0]), lambda order: os.abort())(order)
`;

test('a Blender that crashes, hangs or writes rubbish is tried again; then the job says so, and the server goes on', async () => {
  const program = join(place(), 'mad');
  writeFileSync(program, mad, { mode: 0o755 });
  const data = place();
  const server = await serve(data, { BLENDER_PATH: program, BLENDER_TIMEOUT_SECONDS: '2' });
  const person = await Person.register(server.url);
  const product_id = await person.desk();
  const cases = [
    [1700, 'E-BLENDER-CRASHED', /stopped unexpectedly.*signal 6/i],
    [1800, 'E-BLENDER-TIMEOUT', /longer than 2 s/i],
    [1850, 'E-BLENDER-OUTPUT', /not usable/i],
    [1900, 'E-BLENDER-OUTPUT', /not usable.*Fra:1/i],
  ] as const;
  const asked = await Promise.all(cases.map(([width]) => person.post('/api/v1/jobs', { product_id, config_data: { width } })));
  for (const [i, [width, code, words]] of cases.entries()) {
    const job = await person.ended(asked[i].id, 90_000);
    expect([width, job.status, job.error_code, job.retry_count], job.error_message ?? '').toEqual([width, 'FAILED', code, 3]);
    expect(job.error_message).toMatch(words);
    expect([job.result_url, job.result]).toEqual([null, null]);
    expect((await person.post(`/api/v1/products/${product_id}/configure`, { config_data: { width } })).valid).toBe(true);
  }
  expect((await person.ask('GET', '/health')).status).toBe(200);
  expect(files(join(data, 'files')).filter((f) => !f.includes('/health/')), 'no piece of a model is kept').toEqual([]);
  await expect.poll(() => below(server.child.pid!), { message: 'no process that misbehaved is left', timeout: 90_000 }).toEqual([]);
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

  const over = await withoutDatabase(data, 10);

  const seen = { read: new Set<number>(), write: new Set<number>(), health: new Set<number>() };
  for (let i = 0; !over(); i++) {
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
  await expect.poll(async () => (await person.ask('GET', '/health')).body.status).toBe('ok');
});

test('a killed worker is replaced by another one, with one result', async () => {
  test.setTimeout(240_000);
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
  // A new workspace asks for the pictures of its products, minutes of work: a worker that has no room takes nothing over.
  const line = "with gone as (update job_runs set state = 'cancelled', finished_at = now() where state = 'queued') select count(*) from job_runs where state in ('queued', 'running')";
  await expect.poll(() => sql(data, line), { timeout: 120_000 }).toBe('0');
  const job = await hang(person, workers.map((w) => w.pid!));
  const owner = workers.find((w) => job.worker_id!.split('-').includes(String(w.pid)));
  expect(owner, `${job.worker_id} is neither of ${workers.map((w) => w.pid)}`).toBeTruthy();
  const other = workers.find((w) => w !== owner)!;
  const blenders = below(owner!.pid!);
  expect(blenders.length).toBeGreaterThan(0);
  signal([other.pid!], 'SIGCONT');
  await kill9(owner!);
  const killed = Date.now();
  const workerNow = async () => (await person.job(job.id)).worker_id;
  for (let now = await workerNow(); !now || now === job.worker_id; now = await workerNow()) {
    expect(Date.now() - killed, 'the promise: taken over within five seconds').toBeLessThan(5_000);
    await sleep(50);
  }

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
