// First real 3D frame of the desk, cold: Fitout's configurator, <model-viewer> and a minimal three.js page with the same GLB, interleaved.
// A frame is real when the middle of the canvas shows something else than at its creation. Bytes: code fetched before that frame.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { startServer } from '../run.mjs';
import { coldBrowser, here, median, publish, serveFiles, spread } from './lib.mjs';

const rounds = Number(process.env.ROUNDS ?? 7);
const server = await startServer();
try {
  const api = async (path, init) => (await fetch(`${server.url}/api/v1${path}`, { ...init, headers: { 'content-type': 'application/json', ...init?.headers } })).json();
  const who = await api('/auth/register', { method: 'POST', body: JSON.stringify({ email: 'bench@fitout.example', password: 'a long bench password', name: 'Bench', organization: 'Bench' }) });
  const auth = { authorization: `Bearer ${who.access_token}` };
  const desk = (await api('/products?limit=50', { headers: auth })).items.find((p) => p.sku === 'DESK-HA');
  let job = await api('/jobs', { method: 'POST', headers: auth, body: JSON.stringify({ product_id: desk.id, config_data: {} }) });
  while (['PENDING', 'QUEUED', 'PROCESSING'].includes(job.status)) { await new Promise((r) => setTimeout(r, 200)); job = await api(`/jobs/${job.id}`, { headers: auth }); }
  if (job.status !== 'COMPLETED') throw new Error(`no exact model: ${job.error_message}`);
  const glb = Buffer.from(await (await fetch(new URL(new URL(job.result_url, server.url).pathname, server.url))).arrayBuffer());
  const saved = await api('/configurations', { method: 'POST', headers: auth, body: JSON.stringify({ product_id: desk.id, name: 'Bench', config_data: {} }) });
  const shared = await api(`/configurations/${saved.id}/share`, { method: 'POST', headers: auth });

  const peer = buildSync({ entryPoints: [join(here, 'peers/three-peer.js')], bundle: true, minify: true, format: 'esm', write: false }).outputFiles[0].contents;
  const peers = await serveFiles({
    '/three': { type: 'text/html', body: readFileSync(join(here, 'peers/three.html')) },
    '/three-peer.js': { type: 'text/javascript', body: Buffer.from(peer) },
    '/model-viewer': { type: 'text/html', body: readFileSync(join(here, 'peers/model-viewer.html')) },
    '/model-viewer.js': { type: 'text/javascript', body: readFileSync(join(here, '../node_modules/@google/model-viewer/dist/model-viewer.min.js')) },
    '/desk.glb': { type: 'model/gltf-binary', body: glb },
  });

  const watch = () => {
    // Every page's drawing buffer is kept, so that it can be read after the frame; the same for all three.
    const get = HTMLCanvasElement.prototype.getContext;
    window.__canvases = [];
    const keep = function (kind, options) {
      const gl = String(kind).startsWith('webgl');
      const context = get.call(this, kind, gl ? { ...options, preserveDrawingBuffer: true } : options);
      if (gl && !window.__canvases.includes(this)) window.__canvases.push(this);
      return context;
    };
    HTMLCanvasElement.prototype.getContext = keep;
    if (window.OffscreenCanvas) delete window.OffscreenCanvas;
    const small = document.createElement('canvas'); small.width = small.height = 16;
    const pen = get.call(small, '2d', { willReadFrequently: true });
    const look = () => {
      for (const canvas of window.__canvases) {
        if (!canvas.width || !canvas.height) continue;
        pen.clearRect(0, 0, 16, 16);
        pen.drawImage(canvas, canvas.width * 0.25, canvas.height * 0.25, canvas.width * 0.5, canvas.height * 0.5, 0, 0, 16, 16);
        const data = pen.getImageData(0, 0, 16, 16).data;
        const tones = new Set();
        for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 0) tones.add(`${data[i] >> 3},${data[i + 1] >> 3},${data[i + 2] >> 3}`);
        if (tones.size > 6) {
          const code = performance.getEntriesByType('resource').filter((r) => /\.(js|mjs|wasm)(\?|$)/.test(new URL(r.name).pathname));
          window.__first = { ms: performance.now(), bytes: code.reduce((sum, r) => sum + r.encodedBodySize, 0), files: code.length };
          return;
        }
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  };

  const pages = { fitout: new URL(shared.share_url).pathname, model_viewer: `${peers.url}/model-viewer`, three: `${peers.url}/three` };
  pages.fitout = server.url + pages.fitout;
  const runs = { fitout: [], model_viewer: [], three: [] };
  for (let i = 0; i < rounds; i++) {
    for (const [name, url] of Object.entries(pages)) {
      runs[name].push(await coldBrowser(async (context) => {
        const page = await context.newPage();
        await page.addInitScript(watch);
        await page.goto(url);
        await page.waitForFunction(() => window.__first, null, { timeout: 90_000 });
        return page.evaluate(() => window.__first);
      }));
      console.error(`   ${name} ${Math.round(runs[name].at(-1).ms)} ms`);
    }
  }
  peers.stop();
  const ms = Object.fromEntries(Object.entries(runs).map(([k, v]) => [k, spread(v.map((r) => r.ms))]));
  const bytes = Object.fromEntries(Object.entries(runs).map(([k, v]) => [k, median(v.map((r) => r.bytes))]));
  const ratio = (peer) => Math.round(1000 * median(runs.fitout.map((r, i) => r.ms / runs[peer][i].ms))) / 1000;
  publish('first-frame', { unit: 'ms from navigation to first real frame, cold', glb_bytes: glb.length, ms, code_bytes_brotli: bytes, ratio_to_model_viewer: ratio('model_viewer'), ratio_to_three: ratio('three') });
} finally { await server.stop(); }
