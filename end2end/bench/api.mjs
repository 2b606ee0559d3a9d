// API at a constant arrival rate (open loop): a request is due at its time whether or not earlier ones are back, and its latency counts from
// when it was due, so a stalled server can't hide. The server is pinned to core 0, this generator to core 1.
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import { startServer } from '../run.mjs';
import { publish, spread } from './lib.mjs';

const rate = Number(process.env.RATE ?? 500);
const seconds = Number(process.env.SECONDS_EACH ?? 15);
const server = await startServer({}, ['serve', '--no-workers']);
try {
  const pids = execFileSync('pgrep', ['-P', String(server.child.pid)], { encoding: 'utf8' }).split('\n').filter(Boolean).concat(String(server.child.pid));
  for (const pid of pids) { try { execFileSync('taskset', ['-a', '-p', '-c', '0', pid], { stdio: 'ignore' }); } catch { /* gone */ } }
  execFileSync('taskset', ['-a', '-p', '-c', '1', String(process.pid)], { stdio: 'ignore' });
  const post = (path, body, auth = {}) => fetch(`${server.url}/api/v1${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...auth }, body: JSON.stringify(body) }).then((r) => r.json());
  const who = await post('/auth/register', { email: 'bench@fitout.example', password: 'a long bench password', name: 'Bench', organization: 'Bench' });
  const auth = { authorization: `Bearer ${who.access_token}` };
  const { items } = await (await fetch(`${server.url}/api/v1/products?limit=50`, { headers: auth })).json();
  const desk = items.find((p) => p.sku === 'DESK-HA');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  const { hostname, port } = new URL(server.url);
  const send = (method, path, body) => new Promise((resolve, reject) => {
    const payload = body && JSON.stringify(body);
    const req = http.request({ agent, hostname, port, method, path: `/api/v1${path}`, headers: { ...auth, ...(payload ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) } : {}) } }, (res) => {
      res.resume(); res.on('end', () => resolve(res.statusCode));
    });
    req.on('error', reject); req.end(payload);
  });
  const cases = {
    get_product: () => send('GET', `/products/${desk.id}`),
    post_configure: (i) => send('POST', `/products/${desk.id}/configure`, { config_data: { width: 1000 + 50 * (i % 20) } }),
    post_configurations: (i) => send('POST', '/configurations', { product_id: desk.id, name: `Bench ${i}`, config_data: { width: 1000 + 50 * (i % 20) } }),
  };
  const out = {};
  for (const [name, work] of Object.entries(cases)) {
    for (let i = 0; i < 50; i++) await work(i);
    const total = rate * seconds, latencies = [], statuses = {};
    const start = performance.now();
    await new Promise((resolve) => {
      let sent = 0, back = 0;
      const tick = () => {
        const due = Math.min(total, Math.floor((performance.now() - start) * rate / 1000));
        for (; sent < due; sent++) {
          const at = start + sent * 1000 / rate;
          work(sent).catch(() => 'error').then((s) => { latencies.push(performance.now() - at); statuses[s] = (statuses[s] ?? 0) + 1; if (++back === total) resolve(); });
        }
        if (sent < total) setTimeout(tick, 1);
      };
      tick();
    });
    out[name] = { ...spread(latencies), statuses };
    console.error(`   ${name} p99 ${out[name].p99} ms`);
  }
  publish('api', { unit: 'ms', rate_per_s: rate, seconds_each: seconds, server_cores: 1, ...out, aim: 'p99 ≤ 40 at 500 requests/s' });
} finally { await server.stop(); }
