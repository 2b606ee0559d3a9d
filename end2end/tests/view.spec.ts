// What a browser shows where there is no 3D, and what eyes and screen readers are told of the parts.
import { expect, test } from '@playwright/test';
import { drawn, expectAccessible, hydrated, open, productId, watchConsole } from './kit';

const src = (page: any) => page.locator('.stage .poster img').first().getAttribute('src') as Promise<string>;

test('without 3D the server draws exactly what is chosen, before any script and after each choice', async ({ page, request }) => {
  const seen = watchConsole(page);
  const id = await productId(request, 'DESK-HA');
  await page.addInitScript(() => {
    const real = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, kind: string, ...rest: any[]) {
      return kind.startsWith('webgl') ? null : (real as any).call(this, kind, ...rest);
    } as any;
  });
  const html = await (await request.get(`/configure/${id}?width=2400&frame=heavy`)).text();
  const first = /src="([^"]*drawing\.svg[^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&');
  expect(first, 'the document names the drawing').toContain('config_data=');
  const wide = await request.get(first!);
  expect(wide.headers()['content-type']).toBe('image/svg+xml');

  await page.goto(`/configure/${id}?width=2400&frame=heavy`);
  await hydrated(page);
  await expect(page.locator('.stage')).toHaveAttribute('data-view', 'unavailable');
  await expect(page.locator('.stage .notice')).toContainText('The server draws what you choose');
  const picture = page.locator('.stage .poster img').first();
  const width = page.getByRole('textbox', { name: /^Width/ });
  await width.fill('1200');
  await width.press('Enter');
  await expect.poll(() => src(page)).toContain(encodeURIComponent('"width":1200'));
  await expect.poll(() => picture.evaluate((img: HTMLImageElement) => img.complete && img.naturalWidth)).toBe(1120);
  expect(await (await request.get(await src(page))).text()).not.toBe(await wide.text());
  await expect(picture).toHaveAttribute('alt', /1200 mm by/);
  await expectAccessible(page, 'the configurator without 3D');
  expect(seen).toEqual([]);
});

test('the parts can be read, numbered in the picture, and each question looked at from near', async ({ page, request }) => {
  const seen = watchConsole(page);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await open(page, `/configure/${await productId(request, 'DESK-HA')}?tray=true`);
  await drawn(page);
  const parts = page.getByRole('region', { name: 'Parts' }).getByRole('listitem');
  await expect(parts.filter({ hasText: /top/i }).first()).toContainText('1600 × 800');
  const kinds = await parts.count();
  expect(kinds).toBeGreaterThan(3);

  await page.keyboard.press('n');
  await expect(page.locator('.marks text')).toHaveCount(kinds);
  await expectAccessible(page, 'numbered parts');
  await page.getByRole('textbox', { name: /^Width/ }).fill('2000');
  await page.getByRole('textbox', { name: /^Width/ }).press('Enter');
  await expect(parts.filter({ hasText: /top/i }).first()).toContainText('2000 × 800');
  await expect(page.locator('.marks text')).toHaveCount(await parts.count());

  const canvas = page.locator('canvas.view3d');
  const look = () => page.evaluate(() => { let sum = 0; for (const b of (globalThis as any).__fitout_view.read() as Uint8Array) sum = (sum * 31 + b) | 0; return sum; });
  await expect(canvas).toHaveAttribute('aria-label', /Seen from front/);
  const whole = await look();
  await page.getByRole('button', { name: /^Look closer: Top/ }).click();
  await expect.poll(look).not.toBe(whole);
  await page.keyboard.press('r');
  await expect.poll(look).toBe(whole);
  expect(seen).toEqual([]);
});

test('the product stands in the studio or in a room, also after the graphics card was away', async ({ page, request }) => {
  const seen = watchConsole(page);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  // Choices of which nobody has made an exact model: it would come in between.
  await open(page, `/configure/${await productId(request, 'DESK-HA')}?width=1730`);
  await drawn(page);
  const look = () => page.evaluate(() => { let sum = 0; for (const b of (globalThis as any).__fitout_view.read() as Uint8Array) sum = (sum * 31 + b) | 0; return sum; });
  const studio = await look();
  const button = page.getByRole('button', { name: 'Light of a room' });
  await page.keyboard.press('l');
  await expect(button).toHaveAttribute('aria-pressed', 'true');
  await expect.poll(look).not.toBe(studio);
  const room = await look();
  await page.evaluate(() => {
    const gl = document.querySelector<HTMLCanvasElement>('canvas.view3d')!.getContext('webgl2')!;
    const card = gl.getExtension('WEBGL_lose_context')!;
    card.loseContext();
    setTimeout(() => card.restoreContext(), 200);
  });
  await expect(page.locator('.stage')).toHaveAttribute('data-view', 'lost');
  await expect(page.locator('.stage')).toHaveAttribute('data-view', 'here');
  await expect.poll(look).toBe(room);
  await button.click();
  await expect.poll(look).toBe(studio);
  expect(seen).toEqual([]);
});
