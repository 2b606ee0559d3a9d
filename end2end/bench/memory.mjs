// What the configurator keeps: memory after a thousand choices and after a thousand products, and how long the picture is gone when the graphics card is
// taken away.
//
// JS heap after a forced collection; the module's memory; on the GPU what buffers and textures were given and not taken back (counted at the calls, in bytes
// as asked for). Counted from after a warm-up, so that caches that fill once are no growth.
import { startServer } from '../run.mjs';
import { browserFacts, coldBrowser } from './browser.mjs';
import { visit } from './client.mjs';
import { count, figure, machine, publish, quiet, round, spread } from './lib.mjs';

const changes = count('CHANGES', 1000, 60), switches = count('SWITCHES', 1000, 12), losses = count('LOSSES', 50, 4);
const warm = count('WARM', 100, 10);
const aim = 2;

/** Runs before any page: counts what the GPU holds, and finds the module's memory. */
function watch() {
  const alive = new Map();
  const state = (globalThis.__memory = { gpu: () => [...alive.values()].reduce((a, b) => a + b, 0), things: () => alive.size, module: null });
  const bound = new WeakMap();
  const of = (gl) => bound.get(gl) ?? (bound.set(gl, new Map()), bound.get(gl));
  const P = WebGL2RenderingContext.prototype;
  const wrap = (name, after) => { const real = P[name]; P[name] = function (...args) { const made = real.apply(this, args); after(this, args, made); return made; }; };
  for (const kind of ['Buffer', 'Texture', 'Renderbuffer']) {
    wrap(`create${kind}`, (_, __, made) => { if (made) alive.set(made, 0); });
    wrap(`delete${kind}`, (_, [thing]) => { alive.delete(thing); });
    wrap(`bind${kind}`, (gl, [target, thing]) => of(gl).set(target, thing));
  }
  const give = (gl, target, bytes) => { const thing = of(gl).get(target); if (thing) alive.set(thing, bytes); };
  wrap('bufferData', (gl, [target, data]) => give(gl, target, typeof data === 'number' ? data : data?.byteLength ?? 0));
  wrap('texStorage2D', (gl, [target, levels, , width, height]) => give(gl, target, width * height * 4 * (levels > 1 ? 4 / 3 : 1)));
  wrap('texStorage3D', (gl, [target, levels, , width, height, depth]) => give(gl, target, width * height * depth * 4 * (levels > 1 ? 4 / 3 : 1)));
  wrap('texImage2D', (gl, args) => { if (args[1] === 0 && args.length > 6) give(gl, args[0], args[3] * args[4] * 4); });
  wrap('renderbufferStorage', (gl, [target, , width, height]) => give(gl, target, width * height * 4));
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const real = WebAssembly[name];
    WebAssembly[name] = async (...args) => {
      const made = await real.apply(WebAssembly, args);
      state.module ??= (made.instance ?? made).exports?.memory ?? null;
      return made;
    };
  }
}

/** Runs in the page: `wanted` choices by its own controls, each shown before the next. */
async function choose({ wanted, seed }) {
  const random = () => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return seed / 2 ** 32; };
  const any = (list) => list[Math.floor(random() * list.length)];
  let made = 0;
  for (let tries = 0; made < wanted && tries < wanted * 8; tries++) {
    const sliders = [...document.querySelectorAll('.opts [role=slider]')].map((s) => () => s.dispatchEvent(new KeyboardEvent('keydown', { key: any(['ArrowRight', 'ArrowLeft', 'PageUp', 'PageDown']), bubbles: true, cancelable: true })));
    const radios = [...document.querySelectorAll('.opts [role=radio]:not([data-blocked]):not([aria-checked=true])')].filter((r) => !r.closest('.units')).map((r) => () => r.click());
    const ticks = [...document.querySelectorAll('.opts .tick:not([data-blocked=true]) input[type=checkbox]')].map((c) => () => c.click());
    const before = location.search;
    any([...sliders, ...radios, ...ticks])();
    await new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)));
    if (location.search !== before) made++;
  }
  return made;
}

/** Goes to another product as a link does, and waits for its picture. */
async function go(path) {
  if (location.pathname === path) return;
  const before = globalThis.__fitout_view;
  history.pushState({}, '', path);
  dispatchEvent(new PopStateEvent('popstate', { state: {} }));
  for (let i = 0; ; i++) {
    await new Promise((r) => setTimeout(r, 10));
    if (globalThis.__fitout_view !== before && globalThis.__fitout_view?.frames > 0 && document.querySelector('.stage')?.dataset.view === 'here') return;
    if (i > 3000) throw new Error(`${path} was not shown`);
  }
}

async function held(page, devtools) {
  for (let i = 0; i < 3; i++) await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  const [gpu, things, module] = await page.evaluate(() => [globalThis.__memory.gpu(), globalThis.__memory.things(), globalThis.__memory.module?.buffer.byteLength ?? 0]);
  return { heap: usedSize, gpu, things, module };
}

const mb = (bytes) => round(bytes / 2 ** 20, 3);
const growth = (a, b) => ({ heap_mb: mb(b.heap - a.heap), gpu_mb: mb(b.gpu - a.gpu), gpu_things: b.things - a.things, module_mb: mb(b.module - a.module), held_after_mb: { heap: mb(b.heap), gpu: mb(b.gpu), module: mb(b.module) } });

const server = await startServer({}, ['serve']);
try {
  const { items } = await visit(server, '/products?limit=100');
  const of = (sku) => items.find((p) => p.sku === sku).id;
  const [desk, sofa, wall] = ['DESK-HA', 'SOFA-LG', 'WALL-ST'].map(of);
  const inside = (path, work) => coldBrowser(async (page, context) => {
    await page.addInitScript(watch);
    await page.goto(new URL(path, server.url).href);
    await page.waitForFunction(() => globalThis.__fitout_view?.frames > 0 && document.documentElement.dataset.hydrated === 'true', null, { timeout: 90_000 });
    return work(page, await context.newCDPSession(page));
  });
  await quiet();
  const chosen = {};
  for (const [name, id] of Object.entries({ desk, sofa })) {
    chosen[name] = await inside(`/configure/${id}`, async (page, devtools) => {
      await page.evaluate(choose, { wanted: warm, seed: 1 });
      const before = await held(page, devtools);
      let made = 0;
      for (let part = 0; made < changes; part++) {
        const some = await page.evaluate(choose, { wanted: Math.min(100, changes - made), seed: 20261 + part });
        if (!some) throw new Error(`${name}: no control changed anything`);
        made += some;
        console.error(`   ${name}: ${made} of ${changes} choices`);
      }
      return { choices: made, ...growth(before, await held(page, devtools)) };
    });
  }
  const switched = await inside(`/configure/${desk}`, async (page, devtools) => {
    const places = [sofa, wall, desk].map((id) => `/configure/${id}`);
    const some = async (n, from) => { for (let i = 0; i < n; i++) await page.evaluate(go, places[(from + i) % places.length]); };
    await some(Math.max(6, Math.round(warm / 10)), 0);
    await page.evaluate(go, places[2]);
    const before = await held(page, devtools);
    const marks = [];
    for (let done = 0; done < switches;) {
      const n = Math.min(50, switches - done);
      await some(n, done);
      done += n;
      marks.push(mb((await held(page, devtools)).heap));
      console.error(`   ${done} of ${switches} products, ${marks.at(-1)} MB`);
    }
    // The same product as at the beginning.
    await page.evaluate(go, places[2]);
    return { switches, ...growth(before, await held(page, devtools)), heap_every_50_mb: marks };
  });
  const lost = await inside(`/configure/${desk}`, (page) => page.evaluate(async (wanted) => {
    const canvas = document.querySelector('canvas.view3d'), card = canvas.getContext('webgl2').getExtension('WEBGL_lose_context'), times = [];
    const state = (word) => new Promise((ok, no) => { const began = performance.now(); (function look() { if (document.querySelector('.stage').dataset.view === word) ok(); else if (performance.now() - began > 10_000) no(new Error(`never ${word}`)); else setTimeout(look, 1); })(); });
    for (let i = 0; i < wanted; i++) {
      card.loseContext();
      await state('lost');
      await new Promise((r) => setTimeout(r, 50));
      const frames = globalThis.__fitout_view.frames, began = performance.now();
      card.restoreContext();
      await state('here');
      while (globalThis.__fitout_view.frames <= frames) await new Promise((r) => requestAnimationFrame(r));
      times.push(performance.now() - began);
      await new Promise((r) => setTimeout(r, 200));
    }
    return times;
  }, losses));
  const most = (pick) => Math.max(...Object.values(chosen).map(pick));
  const back = spread(lost);
  publish('memory', {
    machine: machine(await browserFacts()),
    figures: [
      figure(`JS heap after ${changes} choices, growth`, 'MB', most((c) => c.heap_mb), { aim: `< ${aim}`, met: most((c) => c.heap_mb) < aim }),
      figure(`GPU memory after ${changes} choices, growth`, 'MB', most((c) => c.gpu_mb), { aim: `< ${aim}`, met: most((c) => c.gpu_mb) < aim }),
      figure(`JS heap after ${switches} products, growth`, 'MB', switched.heap_mb, { aim: `< ${aim}`, met: switched.heap_mb < aim }),
      figure(`GPU memory after ${switches} products, growth`, 'MB', switched.gpu_mb, { aim: `< ${aim}`, met: switched.gpu_mb < aim }),
      figure(`${losses} lost contexts: back after, max`, 'ms', back.max, { aim: '< 500', met: back.max < 500 }),
    ],
    choices: chosen, products: switched, losses: back,
  });
} finally { await server.stop(); }
