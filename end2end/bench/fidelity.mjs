// How near the view in the browser comes to a path tracer: the six exact models, the same GLB each, in the same light, from the same place, by our view, by
// <model-viewer> and by Cycles (128 samples, denoised). SSIM, FLIP and ΔE against Cycles where all three show the model; each picture against Cycles under the
// tone curve of its own renderer, so that what is compared is light, not taste. Beside them the colours of the materials in the USDZ that phones
// get, against those of the GLB. Pictures go to artefacts/fidelity.
//
// Light: the panorama of our room, as `frontend/light/make.py` uses it. Packages of the comparison itself (flip-evaluator, scikit-image, @pmndrs/assets) are
// fetched into the cache when they are missing.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { homedir } from 'node:os';
import { extname, join } from 'node:path';
import { startServer } from '../run.mjs';
import { browserFacts, coldBrowser } from './browser.mjs';
import { model, product, settled, signUp, visit } from './client.mjs';
import { count, figure, here, machine, publish, quick, quiet, root, round } from './lib.mjs';

const skus = ['DESK-HA', 'CAB-BASE', 'FIRE-CV', 'HOOD-WL', 'WALL-ST', 'SOFA-LG'].slice(0, count('PRODUCTS', 6, 1));
const samples = count('SAMPLES', 128, 8);
const cache = join(process.env.FITOUT_CACHE ?? join(homedir(), '.cache/fitout'), 'bench');
const folder = join(root, 'end2end/artefacts/fidelity');
const blender = process.env.BLENDER_PATH ?? join(homedir(), '.cache/fitout/venv/bin/python');
mkdirSync(cache, { recursive: true });
mkdirSync(folder, { recursive: true });
const run = (program, args, options) => execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26, ...options });

/** A Python with the two measures. */
function measuring() {
  const python = join(cache, 'measures/bin/python');
  if (!existsSync(python)) {
    run('python3', ['-m', 'venv', join(cache, 'measures')]);
    run(python, ['-m', 'pip', 'install', '--quiet', 'flip-evaluator==1.7', 'scikit-image==0.26.0']);
  }
  return python;
}

/** The room's light: for Cycles and for <model-viewer>, whose panoramas begin a quarter turn further. */
function light() {
  const package_ = join(cache, 'package/hdri/apartment.exr.js');
  if (!existsSync(package_)) {
    const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '@pmndrs/assets@1.7.0'], { cwd: cache }));
    run('tar', ['xzf', filename], { cwd: cache });
  }
  const panorama = join(folder, 'panorama.exr');
  writeFileSync(panorama, Buffer.from(/base64,([A-Za-z0-9+/=]+)/.exec(readFileSync(package_, 'utf8'))[1], 'base64'));
  const turn = /python frontend\/light\/make\.py .* (-?\d+) /.exec(readFileSync(join(root, 'frontend/light/README.md'), 'utf8'))[1];
  run(blender, [join(root, 'frontend/light/make.py'), panorama, turn, join(folder, 'room.webp'), join(folder, 'room.rs'), join(folder, 'light.exr')]);
  run(blender, [join(here, 'fidelity/tracer.py'), 'turn', join(folder, 'light.exr'), join(folder, 'turned.exr'), join(folder, 'turned.hdr')]);
}

/** Files of the folder and of <model-viewer>, for its page. */
async function files() {
  const types = { '.html': 'text/html', '.js': 'text/javascript', '.glb': 'model/gltf-binary', '.hdr': 'application/octet-stream' };
  const server = createServer((request, response) => {
    const name = new URL(request.url, 'http://x').pathname.slice(1);
    const path = name === 'model-viewer.js' ? join(root, 'end2end/node_modules/@google/model-viewer/dist/model-viewer.min.js') : join(folder, name);
    if (!/^[\w.-]+$/.test(name) || !existsSync(path)) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' }).end(readFileSync(path));
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

/** Our view with the exact model in the room: a picture, and where it was looked at from. */
const ours = (url, sku) => coldBrowser(async (page) => {
  await page.setViewportSize({ width: 1364, height: 840 });
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(url);
  await page.waitForFunction(() => globalThis.__fitout_view?.mode === 'exact', null, { timeout: 120_000 });
  await page.waitForFunction(() => document.documentElement.dataset.hydrated === 'true');
  await page.keyboard.press('l');
  await page.getByRole('button', { name: 'Light of a room', pressed: true }).waitFor();
  let before = -1;
  for (;;) {
    await page.waitForTimeout(1500);
    const frames = await page.evaluate(() => globalThis.__fitout_view.frames);
    if (frames === before) break;
    before = frames;
  }
  const seen = await page.evaluate(() => {
    const canvas = document.querySelector('canvas.view3d');
    const [camera, rgba] = [globalThis.__fitout_view.camera(), globalThis.__fitout_view.read()];
    let text = '';
    for (let i = 0; i < rgba.length; i += 8192) text += String.fromCharCode(...rgba.subarray(i, i + 8192));
    return { width: canvas.width, height: canvas.height, camera: [...camera], rgba: btoa(text) };
  });
  writeFileSync(join(folder, `${sku}-ours.rgba`), Buffer.from(seen.rgba, 'base64'));
  return { width: seen.width, height: seen.height, camera: seen.camera };
});

/** <model-viewer> with the same model in the same light, from the same place. */
const theirs = (url, sku, { width, height, camera }) => coldBrowser(async (page) => {
  const metres = (at) => [camera[at], camera[at + 2], -camera[at + 1]].map((v) => v / 1000);
  const [eye, target] = [metres(0), metres(3)];
  const way = eye.map((v, k) => v - target[k]), far = Math.hypot(...way);
  const orbit = `${Math.atan2(way[0], way[2])}rad ${Math.acos(way[1] / far)}rad ${far}m`;
  const view = 2 * Math.atan(camera[6]) * 180 / Math.PI;
  writeFileSync(join(folder, `${sku}.html`), `<!doctype html><style>body{margin:0}model-viewer{width:${width}px;height:${height}px;background:#fff}</style><script type="module" src="model-viewer.js"></script>
    <model-viewer src="${sku}.glb" environment-image="turned.hdr" exposure="1" tone-mapping="neutral" shadow-intensity="0" interaction-prompt="none" loading="eager" interpolation-decay="0"
      camera-target="${target.map((v) => `${v}m`).join(' ')}" camera-orbit="${orbit}" field-of-view="${view}deg" min-field-of-view="1deg" max-field-of-view="90deg" min-camera-orbit="-Infinity 0deg 0m" max-camera-orbit="Infinity 180deg 100m"></model-viewer>`);
  await page.setViewportSize({ width, height });
  await page.goto(`${url}/${sku}.html`);
  await page.waitForFunction(() => document.querySelector('model-viewer').loaded, null, { timeout: 120_000 });
  await page.waitForTimeout(4000);
  await page.screenshot({ path: join(folder, `${sku}-theirs.png`), clip: { x: 0, y: 0, width, height } });
});

light();
const [server, peer] = [await startServer(), await files()];
const rows = [];
try {
  const { call } = await signUp(server);
  await settled(server, call);
  const shown = (await visit(server, '/products?limit=100')).items;
  for (const sku of skus) {
    const own = await product(call, sku);
    const { result } = await model(call, own.id, {}, ['glb', 'usdz']);
    for (const kind of ['glb', 'usdz']) writeFileSync(join(folder, `${sku}.${kind}`), Buffer.from(await (await fetch(new URL(result[`${kind}_url`], server.url))).arrayBuffer()));
    await quiet();
    const place = await ours(new URL(`/configure/${shown.find((p) => p.sku === sku).id}`, server.url).href, sku);
    await theirs(peer.url, sku, place);
    run(blender, [join(here, 'fidelity/tracer.py'), 'render', join(folder, `${sku}.glb`), join(folder, 'turned.exr'), join(folder, `${sku}-cycles.exr`), JSON.stringify({ ...place, samples })]);
    run(blender, [join(here, 'fidelity/tracer.py'), 'raw', join(folder, `${sku}-cycles.exr`), join(folder, `${sku}-cycles.f32`)]);
    const measured = JSON.parse(run(measuring(), [join(here, 'fidelity/compare.py'), folder, sku, String(place.width), String(place.height)]));
    const colours = run(blender, [join(here, 'fidelity/tracer.py'), 'colours', join(folder, `${sku}.glb`), join(folder, `${sku}.usdz`)]).trim().split('\n').at(-1);
    const { missing, ...phone } = JSON.parse(run(measuring(), [join(here, 'fidelity/compare.py'), 'colours', colours]));
    if (missing.length) throw new Error(`${sku}: ${missing} are not in both files`);
    rows.push({ product: sku, ...measured, phone });
    console.error(`   ${sku}: SSIM ${measured.ours.ssim} (model-viewer ${measured.theirs.ssim}), FLIP ${measured.ours.flip} (${measured.theirs.flip})`);
  }
} finally {
  peer.stop();
  await server.stop();
}
const nearer = (by) => rows.filter(by).length;
const mean = (of) => round(rows.reduce((sum, row) => sum + of(row), 0) / rows.length, 4);
const ssim = nearer((r) => r.ours.ssim >= r.theirs.ssim), flip = nearer((r) => r.ours.flip <= r.theirs.flip);
const phones = rows.flatMap((r) => Object.values(r.phone));
const aim = Math.min(5, skus.length - 1 || 1);
publish('fidelity', {
  machine: machine(await browserFacts()),
  figures: [
    figure('SSIM against Cycles, mean of the products', '', mean((r) => r.ours.ssim), { peer: mean((r) => r.theirs.ssim), peer_name: 'model-viewer' }),
    figure('FLIP against Cycles, mean of the products (less is nearer)', '', mean((r) => r.ours.flip), { peer: mean((r) => r.theirs.flip), peer_name: 'model-viewer' }),
    figure('products at least as near to Cycles as model-viewer, by SSIM', `of ${skus.length}`, ssim, { aim: `≥ ${aim}`, met: ssim >= aim }),
    figure('products at least as near to Cycles as model-viewer, by FLIP', `of ${skus.length}`, flip, { aim: `≥ ${aim}`, met: flip >= aim }),
    figure('ΔE2000 between our view and Cycles, median pixel, mean of the products', '', mean((r) => r.ours.delta_e), { peer: mean((r) => r.theirs.delta_e), peer_name: 'model-viewer' }),
    figure('ΔE2000 between materials of the USDZ and of the GLB, largest', '', Math.max(...phones)),
  ],
  products: rows,
  samples,
  quick,
});
