// A program that uses the REST API: signs up, knows the demo products, asks for models, hears events.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './lib.mjs';

/** Somebody new with a workspace of their own on `server` (see `startServer`). */
export async function signUp(server) {
  let auth = {};
  const call = async (path, body, method = body === undefined ? 'GET' : 'POST') => {
    const answer = await fetch(new URL(`/api/v1${path}`, server.url), { method, headers: { ...auth, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, body: body === undefined ? undefined : JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const who = await call('/auth/register', { email: `bench-${Date.now()}@fitout.example`, password: 'a long bench password', name: 'Bench', organization: 'Bench' });
  auth = { authorization: `Bearer ${who.access_token}` };
  return { call, auth };
}

/** A visitor's view of a server. */
export const visit = async (server, path) => (await fetch(new URL(`/api/v1${path}`, server.url))).json();

/** The product with a SKU, as `call` sees it. */
export async function product(call, sku) {
  const { items } = await call('/products?limit=100');
  return items.find((p) => p.sku === sku) ?? (() => { throw new Error(`there is no product ${sku}`); })();
}

/** Waits until the pictures of all demo products are made: only then nothing of the start is at work any more. */
export async function settled(server, call) {
  const pictured = ({ items }) => items.length > 0 && items.every((p) => p.thumbnail_url && p.drawing_url);
  await until('the pictures of the demo products', async () => pictured(await visit(server, '/products?limit=100')) && pictured(await call('/products?limit=100')), 300_000, 500);
}

const open = (job) => ['PENDING', 'QUEUED', 'PROCESSING'].includes(job.status);

/** Asks for a model and waits, by looking now and then. */
export async function model(call, product_id, config_data, formats = ['glb']) {
  let job = await call('/jobs', { product_id, config_data, formats });
  await until('the exact model', async () => !open(job = await call(`/jobs/${job.id}`)));
  if (job.status !== 'COMPLETED') throw new Error(`no exact model: ${job.status} ${job.error_code} ${job.error_message}`);
  return job;
}

/** Live events: `ended(id)` waits for the end of a job, and answers it with the moment at which this program heard of it. */
export async function listen(server, auth) {
  const stop = new AbortController();
  const answer = await fetch(new URL('/api/v1/events', server.url), { headers: { ...auth, accept: 'text/event-stream' }, signal: stop.signal });
  if (!answer.ok) throw new Error(`no live events: ${answer.status}`);
  const known = new Map(), waiting = new Map();
  const hear = ({ event, data }) => {
    if (event !== 'job.updated' || open(data) || known.has(data.id)) return;
    const end = { job: data, at: performance.now() };
    known.set(data.id, end);
    waiting.get(data.id)?.(end);
  };
  (async () => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const piece of answer.body) {
      text += decoder.decode(piece, { stream: true });
      const events = text.split('\n\n');
      text = events.pop();
      for (const one of events) { const data = one.split('\n').find((l) => l.startsWith('data:')); if (data) hear(JSON.parse(data.slice(5))); }
    }
  })().catch((e) => { if (!stop.signal.aborted) console.error('live events broke off:', e); });
  return {
    ended: (id, limit = 120_000) => known.get(id) ?? new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`job ${id} did not end within ${limit / 1000} s`)), limit);
      waiting.set(id, (end) => { clearTimeout(late); resolve(end); });
    }),
    stop: () => stop.abort(),
  };
}

/** One value out of the server's private database, for what no API tells: how often a run was worked on. */
export function sql(server, query) {
  const port = readFileSync(join(server.data, 'pg/port'), 'utf8').trim();
  return execFileSync('psql', ['-X', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', join(server.data, 'pg/socket'), '-p', port, '-U', 'fitout', '-d', 'fitout', '-c', query], { encoding: 'utf8' }).trim();
}

/** Ids of the server's Blender processes: those that run its worker script. */
export function blenders(server) {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try { return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${server.data}/blender/worker/`); } catch { return false; }
  }).map(Number);
}

/** Ends all its Blender processes, so that the next job starts one. */
export async function noBlender(server) {
  const gone = (pid) => { try { return !existsSync(`/proc/${pid}`) || /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')); } catch { return true; } };
  const running = blenders(server);
  for (const pid of running) { try { process.kill(pid, 'SIGKILL'); } catch { /* it went by itself */ } }
  await until('Blender to end', () => running.every(gone), 10_000, 5);
  return running.length;
}
