// How long a hand waits: 500 interactions by mouse and keyboard on the sofa and on the largest storage wall (60 openings), the same ones in each run.
//
// Told by the browser itself (Event Timing, what INP is made of): from the hardware's event to the next paint, and to the end of its handlers. Twice: as it
// is here, where the processor is the graphics card as well, and with the drawing left out (draw calls answer at once; all else is done), which is what the
// page itself needs. Between interactions the view comes to rest. Layout shifts and long tasks beside it.
import { startServer } from '../run.mjs';
import { browserFacts, coldBrowser } from './browser.mjs';
import { settled, signUp, visit } from './client.mjs';
import { count, figure, machine, publish, quantile, quiet, round } from './lib.mjs';

const steps = count('STEPS', 250, 20);
const aim = 40;
const pages = [['SOFA-LG', ''], ['WALL-ST', '?columns=12&rows=5']];

/** Runs before any page. */
function watch() {
  const state = (globalThis.__session = { events: [], shifts: 0, tasks: [] });
  new PerformanceObserver((list) => { for (const e of list.getEntries()) if (e.interactionId) state.events.push([e.interactionId, e.processingEnd - e.startTime, e.duration, e.name]); }).observe({ type: 'event', durationThreshold: 16, buffered: true });
  new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) state.shifts += e.value; }).observe({ type: 'layout-shift', buffered: true });
  new PerformanceObserver((list) => { for (const e of list.getEntries()) state.tasks.push([e.startTime, e.duration]); }).observe({ type: 'longtask', buffered: true });
}

/** Runs before any page: nothing is rasterised. */
function undrawn() {
  for (const call of ['drawElements', 'drawArrays', 'drawElementsInstanced', 'drawArraysInstanced', 'drawRangeElements', 'blitFramebuffer', 'generateMipmap']) WebGL2RenderingContext.prototype[call] = () => {};
}

/** Runs in the page: where one of the controls is that can be used now. */
function target(draw) {
  const groups = [
    [...document.querySelectorAll('.opts [role=radio]:not([data-blocked])')].filter((r) => !r.closest('.units')),
    [...document.querySelectorAll('.opts .tick:not([data-blocked=true]) label, .opts .tick:not([data-blocked=true]) input')],
    [...document.querySelectorAll('.opts .stepper button:not([disabled]):not([aria-disabled=true])')],
    [...document.querySelectorAll('.opts [role=slider]')],
  ].map((list) => list.filter((e) => e.checkVisibility())).filter((list) => list.length);
  const group = groups[Math.floor(draw[0] * groups.length)], element = group[Math.floor(draw[1] * group.length)];
  element.scrollIntoView({ block: 'center', behavior: 'instant' });
  const { left, top, width, height } = element.getBoundingClientRect();
  return { slider: element.getAttribute('role') === 'slider', x: left + width / 2, y: top + height / 2 };
}

/** Waits until nothing is drawn any more. */
async function rest() {
  for (let before = -1; ;) {
    await new Promise((r) => setTimeout(r, 80));
    const now = globalThis.__fitout_view.frames;
    if (now === before) return;
    before = now;
  }
}

const server = await startServer({}, ['serve']);
try {
  const { call } = await signUp(server);
  await settled(server, call);
  const { items } = await visit(server, '/products?limit=100');
  const session = async (drawing) => {
    const of = {};
    for (const [sku, search] of pages) {
      await quiet();
      of[sku] = await coldBrowser(async (page) => {
        let seed = 77_041;
        const random = () => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return seed / 2 ** 32; };
        await page.addInitScript(watch);
        if (!drawing) await page.addInitScript(undrawn);
        await page.emulateMedia({ reducedMotion: 'reduce' });
        await page.goto(new URL(`/configure/${items.find((p) => p.sku === sku).id}${search}`, server.url).href);
        await page.waitForFunction(() => globalThis.__fitout_view?.frames > 0 && document.documentElement.dataset.hydrated === 'true', null, { timeout: 90_000 });
        await page.evaluate(rest);
        const box = await page.locator('canvas.view3d').boundingBox();
        const first = await page.evaluate(() => { __session.events.length = 0; __session.tasks.length = 0; __session.shifts = 0; return performance.interactionCount; });
        for (let i = 0; i < steps; i++) {
          const kind = random();
          if (kind < 0.72) {
            const at = await page.evaluate(target, [random(), random()]);
            if (at.slider) { await page.mouse.click(at.x, at.y); await page.keyboard.press(random() < 0.5 ? 'ArrowRight' : 'ArrowLeft'); } else await page.mouse.click(at.x, at.y);
          } else if (kind < 0.8) await page.keyboard.press('Control+z');
          else if (kind < 0.84) await page.keyboard.press('Control+y');
          else if (kind < 0.92) {
            // Round it by hand.
            await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.5);
            await page.mouse.down();
            await page.mouse.move(box.x + box.width * (0.35 + random() * 0.2), box.y + box.height * 0.5, { steps: 4 });
            await page.mouse.up();
          } else { await page.locator('canvas.view3d').focus(); await page.keyboard.press(random() < 0.5 ? 'ArrowLeft' : 'ArrowRight'); }
          await page.evaluate(rest);
          if ((i + 1) % 50 === 0) console.error(`   ${drawing ? 'drawn' : 'not drawn'}, ${sku}: ${i + 1} of ${steps}`);
        }
        await page.waitForTimeout(300);
        return page.evaluate((first) => ({ ...__session, interactions: performance.interactionCount - first }), first);
      });
    }
    return of;
  };
  const runs = { drawn: await session(true), not_drawn: await session(false) };
  const sum = (lists) => {
    const interactions = lists.reduce((n, l) => n + l.interactions, 0);
    const tails = (k) => {
      const each = lists.flatMap((l) => { const worst = new Map(); for (const e of l.events) worst.set(e[0], Math.max(worst.get(e[0]) ?? 0, e[k])); return [...worst.values()]; });
      // What took less than 16 ms is not listed by the browser.
      while (each.length < interactions) each.push(16);
      return { p50: round(quantile(each, 0.5), 1), p75: round(quantile(each, 0.75), 1), p98: round(quantile(each, 0.98), 1), max: round(Math.max(...each), 1) };
    };
    const tasks = lists.flatMap((l) => l.tasks);
    return { interactions, handlers: tails(1), next_paint: tails(2), layout_shift: round(lists.reduce((s, l) => s + l.shifts, 0), 4), long_tasks: tasks.length, longest_task: round(Math.max(0, ...tasks.map((t) => t[1])), 1) };
  };
  const out = Object.fromEntries(Object.entries(runs).map(([how, of]) => [how, { all: sum(Object.values(of)), products: Object.fromEntries(Object.entries(of).map(([sku, l]) => [sku, sum([l])])) }]));
  const own = out.not_drawn.all.next_paint.p98, shift = out.drawn.all.layout_shift;
  publish('session', {
    machine: machine(await browserFacts()),
    figures: [
      figure('event to next paint (INP), p98, drawing left out', 'ms', own, { aim: `≤ ${aim}`, met: own <= aim }),
      figure('event to next paint (INP), p98, the processor draws', 'ms', out.drawn.all.next_paint.p98),
      figure('layout shift over the session', '', shift, { aim: '0', met: shift === 0 }),
    ],
    unit: 'ms', ...out,
  });
} finally { await server.stop(); }
