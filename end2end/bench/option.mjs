// Option change → new pixels: the page's own marks around configure + mesh + upload (`fitout:option`), and to the end of the drawn frame.
import { startServer } from '../run.mjs';
import { coldBrowser, publish, spread } from './lib.mjs';

const steps = Number(process.env.STEPS ?? 300);
const server = await startServer();
try {
  await coldBrowser(async (context) => {
    const page = await context.newPage();
    const { items } = await (await fetch(`${server.url}/api/v1/products?limit=50`)).json();
    const desk = items.find((p) => p.sku === 'DESK-HA');
    await page.goto(`${server.url}/configure/${desk.id}`);
    await page.waitForFunction(() => globalThis.__fitout_view?.frames > 0, null, { timeout: 90_000 });
    const slider = page.getByRole('slider', { name: /Width/ });
    await slider.focus();
    const cpu = [];
    const pixels = [];
    for (let i = 0; i < steps; i++) {
      const before = await page.evaluate(() => { performance.clearMeasures(); window.__t = performance.now(); return window.__fitout_view.frames; });
      await page.keyboard.press(i % 16 < 8 ? 'ArrowUp' : 'ArrowDown');
      await page.waitForFunction((n) => globalThis.__fitout_view.frames > n, before);
      const measure = await page.evaluate(() => ({ cpu: performance.getEntriesByName('fitout:option').at(-1)?.duration, pixels: performance.getEntriesByName('fitout:pixels').at(-1)?.duration }));
      if (measure.cpu !== undefined) cpu.push(measure.cpu);
      if (measure.pixels !== undefined) pixels.push(measure.pixels);
    }
    if (cpu.length < steps / 2) throw new Error(`only ${cpu.length} of ${steps} steps left a mark`);
    publish('option', { unit: 'ms', configure_mesh_upload: spread(cpu), to_drawn_frame_software_gpu: pixels.length ? spread(pixels) : null, aim: 'p95 of configure_mesh_upload ≤ 16.7' });
  });
} finally { await server.stop(); }
