// Shared by the benches: statistics, a static server with brotli, cold browsers, results as JSON.
import { chromium } from '@playwright/test';
import { brotliCompressSync, constants } from 'node:zlib';
import { createServer } from 'node:http';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = dirname(fileURLToPath(import.meta.url));
export const results = join(dirname(here), 'results');

export const quantile = (xs, q) => { const s = [...xs].sort((a, b) => a - b); return s[Math.min(s.length - 1, Math.floor(q * s.length))]; };
export const median = (xs) => quantile(xs, 0.5);
/** Median, quartiles and extremes, rounded to 0.1. */
export const spread = (xs) => Object.fromEntries(Object.entries({ n: xs.length, min: Math.min(...xs), p25: quantile(xs, 0.25), p50: median(xs), p75: quantile(xs, 0.75), p95: quantile(xs, 0.95), p99: quantile(xs, 0.99), max: Math.max(...xs) }).map(([k, v]) => [k, Math.round(v * 10) / 10]));

/** Writes and prints one result. */
export function publish(name, result) {
  mkdirSync(results, { recursive: true });
  const whole = { bench: name, machine: { cores: cpus().length, model: cpus()[0]?.model }, ...result };
  writeFileSync(join(results, `${name}.json`), JSON.stringify(whole, null, 2) + '\n');
  console.log(JSON.stringify(whole, null, 2));
}

/** Serves `{ '/path': { type, body } }` with brotli 11, as our own server does. */
export function serveFiles(files) {
  const packed = new Map(Object.entries(files).map(([path, { type, body }]) => [path, { type, body: type.startsWith('image/') ? body : brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }), br: !type.startsWith('image/') }]));
  const server = createServer((req, res) => {
    const file = packed.get(new URL(req.url, 'http://x').pathname);
    if (!file) { res.writeHead(404).end(); return; }
    res.writeHead(200, { 'content-type': file.type, ...(file.br ? { 'content-encoding': 'br' } : {}) });
    res.end(file.body);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve({ url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() })));
}

export const browserArgs = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--enable-unsafe-swiftshader'];

/** A browser with an empty profile: nothing cached, nothing compiled. */
export async function coldBrowser(work) {
  const profile = mkdtempSync(join(tmpdir(), 'fitout-bench-'));
  const context = await chromium.launchPersistentContext(profile, { executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: browserArgs, viewport: { width: 1440, height: 900 } });
  try { return await work(context); } finally { await context.close(); rmSync(profile, { recursive: true, force: true }); }
}
