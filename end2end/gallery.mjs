// The six products three times each: as the browser draws them at once, as the exact model that Blender made, and as the still by Cycles. Single pictures go
// to artefacts/gallery, all in one to public/img/readme-gallery.jpg. Run `make gallery` after a release build.
import { chromium } from '@playwright/test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServer } from './run.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, 'artefacts/gallery');
mkdirSync(folder, { recursive: true });
const skus = ['DESK-HA', 'CAB-BASE', 'FIRE-CV', 'HOOD-WL', 'WALL-ST', 'SOFA-LG'];

const server = await startServer();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: ['--no-sandbox', '--enable-unsafe-swiftshader'] });
try {
  const products = async () => (await (await fetch(`${server.url}/api/v1/products?limit=100`)).json()).items;
  for (let i = 0; !(await products()).every((p) => p.thumbnail_url); i++) {
    if (i > 300) throw new Error('the stills were not made in five minutes');
    await new Promise((r) => setTimeout(r, 1000));
  }
  const items = await products();
  const context = await browser.newContext({ viewport: { width: 1364, height: 840 }, baseURL: server.url, reducedMotion: 'reduce', colorScheme: 'light', bypassCSP: true });
  /** The picture alone, without words and tools; 4:3. */
  const alone = async (page) => {
    await page.addStyleTag({ content: '.stage > :not(canvas) { visibility: hidden !important; }' });
    let before = -1;
    for (;;) {
      const frames = await page.evaluate(() => globalThis.__fitout_view.frames);
      if (frames === before) break;
      before = frames;
      await page.waitForTimeout(500);
    }
    const { x, y, width, height } = await page.locator('.stage').boundingBox();
    const wide = Math.min(width, height * 4 / 3), high = wide * 0.75;
    return page.screenshot({ clip: { x: x + (width - wide) / 2, y: y + (height - high) / 2, width: wide, height: high } });
  };
  const rows = [];
  for (const sku of skus) {
    const product = items.find((p) => p.sku === sku);
    const shown = async (mode) => {
      const page = await context.newPage();
      if (mode === 'instant') await page.route(/\/files\/.*\.glb$/, (route) => route.abort());
      await page.goto(`/configure/${product.id}`);
      await page.waitForFunction((mode) => globalThis.__fitout_view?.frames > 0 && globalThis.__fitout_view.mode === mode, mode, { timeout: 60_000 });
      const picture = await alone(page);
      await page.close();
      return picture;
    };
    const still = Buffer.from(await (await fetch(new URL(product.thumbnail_url, server.url))).arrayBuffer());
    const pictures = [['instant', await shown('instant'), 'png'], ['exact', await shown('exact'), 'png'], ['still', still, 'webp']];
    for (const [name, bytes, ending] of pictures) writeFileSync(join(folder, `${sku}-${name}.${ending}`), bytes);
    rows.push([product.name, pictures]);
    console.error(`   ${product.name}`);
  }
  const page = await context.newPage();
  await page.setViewportSize({ width: 1320, height: 800 });
  const data = ([, bytes, ending]) => `data:image/${ending};base64,${bytes.toString('base64')}`;
  await page.setContent(`<style>
    body { margin: 0; padding: 24px; background: #fff; font: 500 15px/1.5 Archivo, system-ui, sans-serif; color: #1a201e; }
    table { border-collapse: separate; border-spacing: 12px 8px; width: 100%; table-layout: fixed; }
    th { text-align: left; font-weight: 500; } img { display: block; width: 100%; aspect-ratio: 4 / 3; object-fit: contain; background: #e4e6e3; }
    </style><table><tr><th>At once, in the browser</th><th>Exact model by Blender, in the browser</th><th>Still by Cycles</th></tr>
    ${rows.map(([name, pictures]) => `<tr>${pictures.map((p) => `<td><img alt="" src="${data(p)}"></td>`).join('')}</tr><tr><td colspan="3">${name}</td></tr>`).join('')}</table>`);
  await page.waitForFunction(() => [...document.images].every((i) => i.complete && i.naturalWidth > 0));
  await page.screenshot({ path: join(here, '../public/img/readme-gallery.jpg'), type: 'jpeg', quality: 80, fullPage: true });
  console.log('   public/img/readme-gallery.jpg');
} finally {
  await browser.close();
  await server.stop();
}
