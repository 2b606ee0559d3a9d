// Starts Fitout's release build with a data folder of its own, runs Playwright against it, stops it again.
// Arguments go to Playwright. FITOUT_BASE_URL uses a running server instead.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, openSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import net from 'node:net';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
mkdirSync(join(here, 'artefacts'), { recursive: true });

/** A port that is free now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => resolve(port)); });
  });
}

/** Starts the server; resolves once it is healthy. `env` is added to the environment. */
export async function startServer(env = {}, args = ['serve', '--demo']) {
  const port = await freePort(), shopPort = await freePort();
  const data = env.FITOUT_DATA_DIR ?? mkdtempSync(join(tmpdir(), 'fitout-e2e-'));
  // The database's own user must be able to enter it.
  if (!env.FITOUT_DATA_DIR) chmodSync(data, 0o755);
  const log = join(here, 'artefacts', `server-${port}.log`);
  const out = openSync(log, 'w');
  const binary = env.FITOUT_BINARY ?? process.env.FITOUT_BINARY ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'release', 'fitout');
  const url = `http://127.0.0.1:${port}`, shop = `http://127.0.0.1:${shopPort}`;
  const child = spawn(binary, args, {
    cwd: root, stdio: ['ignore', out, out],
    env: { ...process.env, FITOUT_ADDR: `127.0.0.1:${port}`, FITOUT_SHOP_ADDR: `127.0.0.1:${shopPort}`, FITOUT_PUBLIC_URL: url, FITOUT_DATA_DIR: data, FITOUT_LIMITS: 'off', DATABASE_URL: '', ...env },
  });
  let exited = false;
  child.once('exit', () => { exited = true; });
  const tail = () => readFileSync(log, 'utf8').split('\n').slice(-30).join('\n');
  for (let i = 0; i < 600; i++) {
    if (exited) throw new Error(`the server stopped at start:\n${tail()}`);
    try { if ((await fetch(`${url}/health`)).ok) break; } catch { /* not yet */ }
    if (i === 599) throw new Error(`the server was not healthy after 120 s:\n${tail()}`);
    await new Promise((r) => setTimeout(r, 200));
  }
  const stop = () => new Promise((resolve) => {
    const done = () => { if (!env.FITOUT_DATA_DIR) rmSync(data, { recursive: true, force: true }); resolve(); };
    if (exited) return done();
    child.once('exit', done);
    child.kill('SIGTERM');
    setTimeout(() => { if (!exited) child.kill('SIGKILL'); }, 20000).unref();
  });
  return { url, shop, data, child, log, stop };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = process.env.FITOUT_BASE_URL ? null : await startServer();
  const url = process.env.FITOUT_BASE_URL ?? server.url;
  console.log(`   server ${url}`);
  const code = await new Promise((resolve) => {
    const child = spawn(process.execPath, [join(here, 'node_modules/@playwright/test/cli.js'), 'test', ...process.argv.slice(2)], {
      cwd: here, stdio: 'inherit', env: { ...process.env, FITOUT_BASE_URL: url, FITOUT_E2E_DATA: server?.data ?? '', FITOUT_E2E_SHOP: server?.shop ?? process.env.FITOUT_E2E_SHOP ?? '' },
    });
    child.once('exit', (c) => resolve(c ?? 1));
  });
  if (server) await server.stop();
  process.exit(code);
}
