// Option change → new pixels, on both demo products: many different changes by the page's own controls, one after the other.
//
// The page marks what a change costs without drawing (`fitout:option`: rules and price, parts and meshes, upload). The frame that follows is timed to the
// moment when its pixels can be read back, so it holds all that the software GPU does. Between changes the camera comes to rest.
import { startServer } from '../run.mjs';
import { browserFacts, coldBrowser } from './browser.mjs';
import { settled, signUp, visit } from './client.mjs';
import { count, figure, machine, publish, quiet, spread } from './lib.mjs';
import { watchFrames } from './pixels.mjs';

const changes = count('CHANGES', 300, 12);
const aim = 16.7;

/** Runs in the page: makes `wanted` changes, tells what each cost. The choice of controls is random, but the same in each run. */
async function walk({ wanted, seed }) {
  const random = () => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return seed / 2 ** 32; };
  const any = (list) => list[Math.floor(random() * list.length)];
  const all = (query, from = document) => [...from.querySelectorAll(query)];
  const mark = (name) => performance.getEntriesByName(name).at(-1);
  const rest = async () => { for (;;) { const before = __bench.drawn; await new Promise((r) => setTimeout(r, 120)); if (__bench.drawn === before) return; } };
  const press = (element, key) => element.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  const acts = () => [
    ...all('.opts [role=slider]').map((s) => ({ what: s.getAttribute('aria-label'), act: () => { const key = any(['ArrowRight', 'ArrowLeft', 'PageUp', 'PageDown']); press(s, key); return key; } })),
    ...all('.opts [role=radiogroup]').filter((g) => !g.closest('.units')).map((g) => ({ what: g.getAttribute('aria-label'), of: all('[role=radio]:not([data-blocked]):not([aria-checked=true])', g) })).filter((g) => g.of.length)
      .map(({ what, of }) => ({ what, act: () => { const b = any(of); b.click(); return b.dataset.value; } })),
    ...all('.opts .tick:not([data-blocked=true]) input[type=checkbox]').map((c) => ({ what: c.name, act: () => { c.click(); return c.checked; } })),
    ...all('.opts .stepper').map((s) => ({ of: all('button:not([disabled]):not([aria-disabled=true])', s) })).filter((s) => s.of.length).map(({ of }) => ({ what: 'stepper', act: () => { const b = any(of); b.click(); return b.textContent.trim(); } })),
  ];
  const made = [];
  for (let tries = 0; made.length < wanted && tries < wanted * 6; tries++) {
    await rest();
    const { what, act } = any(acts());
    performance.clearMeasures();
    const frame = __bench.frame();
    const began = performance.now();
    const to = act();
    const whole = mark('fitout:option');
    // Refused (it would break a rule), or at its limit: nothing changed.
    if (!whole) { await Promise.race([frame, new Promise((r) => setTimeout(r, 50))]); continue; }
    const handled = performance.now() - began;
    const configured = mark('fitout:option:configured')?.startTime, meshed = mark('fitout:option:meshed')?.startTime, end = whole.startTime + whole.duration;
    const drawn = await frame;
    if (!drawn) throw new Error(`${what} to ${to}: no frame followed`);
    made.push({
      what, to, option: whole.duration, configure: configured - whole.startTime, mesh: meshed - configured, upload: end - meshed, handled,
      commands: drawn.handed_over - began, gpu: drawn.shown - drawn.handed_over, draw: drawn.shown - drawn.began, pixels: drawn.shown - began, changed: drawn.changed,
    });
  }
  return made;
}

const server = await startServer({}, ['serve']);
try {
  const { call } = await signUp(server);
  await settled(server, call);
  const { items } = await visit(server, '/products?limit=100');
  const of = {};
  for (const product of items.filter((p) => p.configurable)) {
    await quiet();
    of[product.name] = await coldBrowser(async (page) => {
      await page.addInitScript(watchFrames);
      await page.goto(new URL(`/configure/${product.id}`, server.url).href);
      await page.waitForFunction(() => globalThis.__fitout_view?.mode === 'exact', null, { timeout: 90_000 });
      const made = [];
      for (let part = 0; made.length < changes; part++) {
        const some = await page.evaluate(walk, { wanted: Math.min(50, changes - made.length), seed: 20261 + part });
        if (!some.length) throw new Error(`${product.name}: no control changed anything`);
        made.push(...some);
        console.error(`   ${product.name}: ${made.length} of ${changes} changes`);
      }
      return made;
    });
  }
  const every = Object.values(of).flat();
  if (every.some((c) => !Number.isFinite(c.configure + c.mesh + c.upload))) throw new Error('the page left no marks inside fitout:option');
  const sum = (list) => ({
    changes: list.length, different: new Set(list.map((c) => `${c.what}=${c.to}`)).size, with_other_pixels: list.filter((c) => c.changed).length,
    without_drawing: { whole: spread(list.map((c) => c.option)), configure: spread(list.map((c) => c.configure)), mesh: spread(list.map((c) => c.mesh)), upload: spread(list.map((c) => c.upload)) },
    with_drawing: { change_to_pixels: spread(list.map((c) => c.pixels)), change_to_commands: spread(list.map((c) => c.commands)), frame: spread(list.map((c) => c.draw)), of_it_waiting_for_the_software_gpu: spread(list.map((c) => c.gpu)) },
    page_handler: spread(list.map((c) => c.handled)),
  });
  const total = sum(every);
  const p95 = total.without_drawing.whole.p95;
  publish('option', {
    machine: machine(await browserFacts()),
    figures: [
      figure('option change, rules + meshes + upload, p95', 'ms', p95, { aim: `≤ ${aim}`, met: p95 <= aim }),
      figure('option change to new pixels with the software GPU, p95', 'ms', total.with_drawing.change_to_pixels.p95),
    ],
    unit: 'ms', all: total, products: Object.fromEntries(Object.entries(of).map(([name, list]) => [name, sum(list)])),
    by_option: Object.fromEntries(Object.entries(of).map(([name, list]) => [name, Object.fromEntries([...new Set(list.map((c) => c.what))].sort().map((what) => { const some = list.filter((c) => c.what === what).map((c) => c.option); const { n, p50, p95, max } = spread(some); return [what, { n, p50, p95, max }]; }))])),
  });
} finally { await server.stop(); }
