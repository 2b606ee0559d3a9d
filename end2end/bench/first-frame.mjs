// First real 3D frame of the desk, cold: our configurator, our share page, <model-viewer>, and minimal pages of three.js and react-three-fiber.
//
// Alike for all: browser (a fresh profile each time), size of the canvas, criterion (pixels.mjs), machine, minute (interleaved). The peers show the
// exact model, the same GLB that our page fetches, from a static server like ours (tower-http, brotli 11 beside each file), and preload script and model.
// Our pages draw the instant model first, from the product's own code; when the exact model has replaced it is told beside it.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { startServer } from '../run.mjs';
import { browserFacts, coldBrowser, networks, slowDown } from './browser.mjs';
import { model, product, settled, signUp, visit } from './client.mjs';
import { built, count, figure, here, machine, median, publish, quiet, ratio, root, round, spread, until } from './lib.mjs';
import { watchFirstFrame } from './pixels.mjs';

const rounds = count('ROUNDS', 15, 2);
const modules = join(root, 'end2end/node_modules');
const version = (name) => JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** The peers' pages in a folder, each file compressed beside itself, served until `stop`. */
async function servePeers(glb, [width, height]) {
  const folder = mkdtempSync(join(tmpdir(), 'fitout-peers-'));
  const bundle = async (name) => {
    const made = await build({
      entryPoints: [join(here, 'peers', name)], bundle: true, minify: true, treeShaking: true, format: 'esm', target: 'es2022', legalComments: 'none', jsx: 'automatic',
      define: { 'process.env.NODE_ENV': '"production"' }, write: false, nodePaths: [modules],
    });
    return Buffer.from(made.outputFiles[0].contents);
  };
  const page = (name) => Buffer.from(readFileSync(join(here, 'peers', name), 'utf8').replaceAll('{{width}}', width).replaceAll('{{height}}', height));
  const files = {
    'three.html': page('three.html'), 'three-peer.js': await bundle('three-peer.js'),
    'fiber.html': page('fiber.html'), 'fiber-peer.js': await bundle('fiber-peer.jsx'),
    'model-viewer.html': page('model-viewer.html'), 'model-viewer.js': readFileSync(join(modules, '@google/model-viewer/dist/model-viewer.min.js')),
    'desk.glb': glb,
  };
  for (const [name, bytes] of Object.entries(files)) {
    writeFileSync(join(folder, name), bytes);
    // Ours sends models as they are, so the peers' come the same way.
    if (extname(name) === '.glb') continue;
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
    writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  }
  const child = spawn(join(built('tools'), 'bench-files'), [folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (d) => { said += d; });
  const url = await until('the peers’ server', () => said.match(/http:\S+/)?.[0], 10_000, 20);
  return { url, stop: () => { child.kill(); rmSync(folder, { recursive: true, force: true }); } };
}

/** One cold visit; `check` also waits for the exact model and drags. */
async function meet(url, network, check) {
  return coldBrowser(async (page, context) => {
    const models = [];
    page.on('response', (r) => { if (/\.glb$/.test(new URL(r.url()).pathname)) models.push(r.body().then(sha256).catch(() => null)); });
    await page.addInitScript(watchFirstFrame);
    await slowDown(context, page, network);
    await page.goto(url, { waitUntil: 'commit' });
    await page.waitForFunction(() => window.__bench?.first, null, { timeout: 120_000, polling: 100 });
    if (check.exact) await page.waitForFunction(() => window.__bench.exact, null, { timeout: 60_000, polling: 100 });
    const seen = await page.evaluate(() => ({ ...window.__bench.first, exact: window.__bench.exact, load: window.__bench.load }));
    if (check.drag) {
      // It must also answer a hand: otherwise it is a picture.
      await page.evaluate(() => window.__bench.follow());
      const box = await page.locator('canvas, model-viewer').first().boundingBox();
      const [x, y] = [box.x + box.width / 2, box.y + box.height * 0.4];
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + 60, y, { steps: 4 });
      await page.mouse.move(x + 160, y, { steps: 6 });
      await page.mouse.up();
      await page.waitForFunction(() => window.__bench.changed >= 0.01, null, { timeout: 30_000, polling: 100 });
      seen.changed = await page.evaluate(() => window.__bench.changed);
    }
    return { ...seen, models: await Promise.all(models) };
  });
}

const server = await startServer({}, ['serve']);
let peers;
try {
  const { call } = await signUp(server);
  await settled(server, call);
  const own = await product(call, 'DESK-HA');
  const job = await model(call, own.id, {});
  const glb = Buffer.from(await (await fetch(new URL(job.result_url, server.url))).arrayBuffer());
  if (sha256(glb) !== job.result.sha256) throw new Error('the model that arrived is not the one that the job names');
  const saved = await call('/configurations', { product_id: own.id, name: 'Desk', config_data: {} });
  const { share_url } = await call(`/configurations/${saved.id}/share`, {});
  const shown = (await visit(server, '/products?limit=100')).items.find((p) => p.sku === 'DESK-HA');

  const ours = { configurator: new URL(`/configure/${shown.id}`, server.url).href, share_page: new URL(share_url, server.url).href };
  // Our stage says how large the peers' canvases are; this visit also lets the server compile what it compiles once.
  const trial = await meet(ours.configurator, null, { exact: true, drag: true });
  await meet(ours.share_page, null, { exact: true, drag: true });
  const same = trial.models.filter(Boolean);
  if (!same.length || same.some((sum) => sum !== job.result.sha256)) throw new Error('our page fetched another model than the peers get');
  peers = await servePeers(glb, trial.canvas);
  const pages = { configurator: ours.configurator, share_page: ours.share_page, model_viewer: `${peers.url}/model-viewer.html`, three: `${peers.url}/three.html`, fiber: `${peers.url}/fiber.html` };
  const trials = { configurator: trial };
  for (const name of ['model_viewer', 'three', 'fiber']) trials[name] = await meet(pages[name], null, { drag: true });

  const out = {};
  for (const [network, limits] of Object.entries(networks)) {
    const runs = Object.fromEntries(Object.keys(pages).map((name) => [name, []]));
    for (let i = 0; i < rounds; i++) {
      await quiet();
      // In turns, and not always in the same order.
      const names = Object.keys(pages);
      const order = names.map((_, k) => names[(k + i) % names.length]);
      for (const name of order) {
        runs[name].push(await meet(pages[name], limits, { exact: name in ours }));
        console.error(`   ${network}, ${i + 1} of ${rounds}: ${name} ${Math.round(runs[name].at(-1).ms)} ms`);
      }
    }
    const ms = (name, field = 'ms') => runs[name].map((r) => r[field]);
    out[network] = {
      ms: Object.fromEntries(Object.keys(pages).map((name) => [name, { ...spread(ms(name), 1), values: ms(name).map((v) => round(v, 1)) }])),
      first_contentful_paint_ms: Object.fromEntries(Object.keys(pages).map((name) => [name, spread(ms(name, 'contentful').filter(Number.isFinite), 1)])),
      stages_p50_ms: Object.fromEntries(Object.keys(pages).map((name) => [name, Object.fromEntries(['code_fetched', 'context', 'drawn'].map((stage) => [stage, round(median(runs[name].map((r) => r.stages[stage] ?? NaN)), 1)]))])),
      exact_model_ms: Object.fromEntries(Object.keys(ours).map((name) => [name, spread(ms(name, 'exact'), 1)])),
      model_viewer_load_event_ms: spread(ms('model_viewer', 'load').filter(Number.isFinite), 1),
      ratio: Object.fromEntries(Object.keys(ours).map((name) => [name, { to_model_viewer: ratio(ms(name), ms('model_viewer')), to_three: ratio(ms(name), ms('three')), to_fiber: ratio(ms(name), ms('fiber')) }])),
      ratio_exact_model: Object.fromEntries(Object.keys(ours).map((name) => [name, { to_model_viewer: ratio(ms(name, 'exact'), ms('model_viewer')), to_three: ratio(ms(name, 'exact'), ms('three')), to_fiber: ratio(ms(name, 'exact'), ms('fiber')) }])),
      bytes_before_frame: Object.fromEntries(Object.keys(pages).map((name) => [name, { ...Object.fromEntries(Object.keys(runs[name][0].bytes).map((what) => [what, median(runs[name].map((r) => r.bytes[what]))])), code_uncompressed: median(runs[name].map((r) => r.code_raw)), files: median(runs[name].map((r) => r.files)) }])),
    };
  }
  const names = { model_viewer: `model-viewer ${version('@google/model-viewer')}`, three: `three.js ${version('three')}`, fiber: `react-three-fiber ${version('@react-three/fiber')}` };
  const aims = { model_viewer: 0.3, three: 1, fiber: 0.8 };
  const figures = [];
  for (const [network, o] of Object.entries(out)) {
    for (const [peer, aim] of Object.entries(aims)) {
      const r = o.ratio.configurator[`to_${peer}`].median;
      const main = network === 'loopback';
      figures.push(figure(main ? 'first real frame of the desk, cold' : `the same at ${network}`, 'ms', o.ms.configurator.p50, { peer: o.ms[peer].p50, peer_name: names[peer], ratio: r, ...(main ? { aim: `≤ ${aim}`, met: r <= aim } : {}) }));
    }
  }
  const bytes = out.loopback.bytes_before_frame;
  for (const peer of Object.keys(aims)) figures.push(figure('code before that frame (script and wasm, compressed)', 'kB', bytes.configurator.code / 1000, { peer: bytes[peer].code / 1000, peer_name: names[peer], ratio: round(bytes.configurator.code / bytes[peer].code, 3) }));
  publish('first-frame', {
    machine: machine(await browserFacts()), figures,
    what: { configurator: 'a visitor opens the configurator page of the desk', share_page: 'a visitor opens a shared configuration: the same view without the options', model_viewer: names.model_viewer, three: `${names.three}, GLTFLoader and OrbitControls, bundled and minified by esbuild ${version('esbuild')}`, fiber: `${names.fiber}, the same scene with React ${version('react')}` },
    peers: { react_three_fiber: version('@react-three/fiber'), react: version('react'), model_viewer: version('@google/model-viewer'), three: version('three'), esbuild: version('esbuild') },
    canvas_px: trial.canvas.slice(0, 2), glb: { bytes: glb.length, sha256: job.result.sha256 },
    criterion: 'pixels read back: at least 2 % opaque, at least 8 tones; a drag then changes at least 1 %',
    seen: Object.fromEntries(Object.entries(trials).map(([name, t]) => [name, { opaque_share: round(t.opaque, 3), tones: t.tones, changed_by_drag: round(t.changed, 3) }])),
    rounds, ...out,
  });
} finally {
  peers?.stop();
  await server.stop();
}
