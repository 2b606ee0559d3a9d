// Every GLB that Blender makes passes the Khronos validator; the view survives the loss of its context.
import { expect, test } from '@playwright/test';
import validator from 'gltf-validator';
import { drawn, freshEmail, hydrated, open, productId, view, watchConsole } from './kit';

const samples: Record<string, object[]> = {
  'SOFA-LG': [{ chaise: 'left', piping: true }],
  'DESK-HA': [{}, { width: 2400, frame: 'heavy', finish: 'walnut' }],
  'CAB-BASE': [{}, { width: 900 }],
  'FIRE-CV': [{}],
  'HOOD-WL': [{}],
  'WALL-ST': [{ columns: 12, rows: 5 }],
};

test('exact models pass the Khronos validator and keep their size', async ({ request }) => {
  test.setTimeout(360_000);
  const who = await (await request.post('/api/v1/auth/register', { data: { email: freshEmail(), password: 'a long enough password', name: 'Validator', organization: 'Validator' } })).json();
  const headers = { authorization: `Bearer ${who.access_token}` };
  const { items } = await (await request.get('/api/v1/products?limit=50', { headers })).json();
  let made = 0;
  for (const [sku, configurations] of Object.entries(samples)) {
    const product = items.find((p: any) => p.sku === sku);
    expect(product, sku).toBeTruthy();
    for (const config_data of configurations) {
      const configured = await (await request.post(`/api/v1/products/${product.id}/configure`, { headers, data: { config_data } })).json();
      expect(configured.valid, JSON.stringify(configured.blocked)).toBe(true);
      let job = await (await request.post('/api/v1/jobs', { headers, data: { product_id: product.id, config_data } })).json();
      await expect.poll(async () => { job = await (await request.get(`/api/v1/jobs/${job.id}`, { headers })).json(); return job.status; }, { timeout: 90_000 }).toBe('COMPLETED');
      job.result.bounding_box_mm.forEach((v: number, i: number) => expect(Math.abs(v - configured.bounding_box_mm[i])).toBeLessThanOrEqual(1));
      const bytes = await (await request.get(job.result_url)).body();
      const report = await validator.validateBytes(new Uint8Array(bytes));
      const words = report.issues.messages.filter((m: any) => m.severity === 0).map((m: any) => `${m.code} ${m.message} ${m.pointer}`);
      expect(report.issues.numErrors, words.join('\n')).toBe(0);
      made++;
      if (sku !== 'SOFA-LG') continue;
      // Coarser levels follow with the pictures: valid as well, and far fewer triangles and bytes.
      await expect.poll(async () => { job = await (await request.get(`/api/v1/jobs/${job.id}`, { headers })).json(); return job.result.level_urls.length; }, { timeout: 90_000 }).toBe(2);
      const levels = await Promise.all(job.result.level_urls.map(async (url: string) => (await request.get(url)).body()));
      const reports = await Promise.all([bytes, ...levels].map((level) => validator.validateBytes(new Uint8Array(level))));
      expect(reports.map((r: any) => r.issues.numErrors)).toEqual([0, 0, 0]);
      const [whole, middle, coarse] = reports.map((r: any) => r.info.totalTriangleCount);
      expect(middle).toBeLessThan(whole * 0.6);
      expect(coarse).toBeLessThan(whole * 0.2);
      expect(levels[1].length).toBeLessThan(bytes.length * 0.3);
    }
  }
  expect(made).toBe(8);
});

test('the picture stands before the code of the options, and the page takes it over', async ({ page, request }) => {
  const seen = watchConsole(page);
  const id = await productId(request, 'DESK-HA');
  let release = () => {};
  const held = new Promise<void>((resolve) => { release = resolve; });
  await page.route(/\/pkg\/\w+\/pack_configure_page_/, async (route) => { await held; await route.continue(); });
  await page.goto(`/configure/${id}?width=2000&finish=walnut`, { waitUntil: 'commit' });
  await drawn(page);
  const early = await view(page);
  expect(early.bounds[0], 'the desk of the link').toBeCloseTo(2000, 0);
  await expect(page.locator('.stage')).toHaveAttribute('data-view', 'here');
  expect(await page.locator('html').getAttribute('data-hydrated'), 'the page is still without its code').toBeNull();
  const ahead = await page.locator('link[rel=preload]').evaluateAll((links) => links.map((l) => (l as HTMLLinkElement).href.split('/').pop()!));
  expect(ahead.some((name) => /^pack_view_chunk_/.test(name)), 'fetched ahead: what draws').toBe(true);
  expect(ahead.filter((name) => /^pack_configure_page_/.test(name)), 'and no more').toEqual([]);
  release();
  await hydrated(page);
  await expect(page.locator('.dm').first()).toBeVisible();
  expect((await view(page)).bounds).toEqual(early.bounds);
  const width = page.getByRole('textbox', { name: /^Width/ });
  await width.fill('1400');
  await width.press('Enter');
  await expect.poll(async () => Math.round((await view(page)).bounds[0])).toBe(1400);
  expect(seen).toEqual([]);
});

test('code for saving that does not come is said, and comes with the next wish', async ({ page, request }) => {
  await open(page, `/configure/${await productId(request, 'DESK-HA')}`);
  let refused = 0;
  await page.route(/\/pkg\/\w+\/pack_desk_chunk_/, (route) => { refused += 1; return route.abort(); });
  const share = page.getByRole('button', { name: /^Share/ }).first();
  await share.click();
  await expect(page.locator('.toasts')).toContainText('Code for saving did not arrive');
  expect(refused).toBeGreaterThan(0);
  await page.unrouteAll();
  await share.click();
  await expect(page.getByTestId('share-link')).toHaveValue(/\/configure\//);
});

test('a lost context comes back with the model', async ({ page, request }) => {
  await open(page, `/configure/${await productId(request, 'DESK-HA')}`);
  await drawn(page);
  const before = await view(page);
  await page.evaluate(() => {
    const canvas = document.querySelector('canvas')!;
    (globalThis as any).__loss = canvas.getContext('webgl2')!.getExtension('WEBGL_lose_context');
    (globalThis as any).__loss.loseContext();
  });
  await page.waitForTimeout(200);
  // Choosing goes on meanwhile and must reach nothing that is gone.
  await page.getByRole('radio', { name: /^Walnut/ }).click();
  await page.evaluate(() => (globalThis as any).__loss.restoreContext());
  await expect.poll(async () => (await view(page)).frames).toBeGreaterThan(before.frames);
  await page.getByRole('radio', { name: /^Ash/ }).click();
  const again = await view(page);
  await expect.poll(async () => (await view(page)).frames).toBeGreaterThanOrEqual(again.frames);
  expect(again.bounds).toEqual(before.bounds);
});

test('the view turns by mouse, wheel, finger and keys, and draws nothing in between', async ({ browser, request, baseURL }) => {
  const context = await browser.newContext({ baseURL, hasTouch: true, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await open(page, `/configure/${await productId(request, 'DESK-HA')}?width=1750`);
  await drawn(page);
  const canvas = page.locator('canvas.view3d');
  const box = (await canvas.boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  /** Waits until nothing is drawn any more; answers how many frames there were, and what is seen as a short text. */
  const rest = async () => {
    let before = -1;
    await expect.poll(async () => { const now = (await view(page)).frames, same = now === before; before = now; return same; }, { intervals: [500] }).toBe(true);
    const seen = await page.evaluate(() => { let sum = 0; for (const b of (globalThis as any).__fitout_view.read() as Uint8Array) sum = (sum * 31 + b) | 0; return sum; });
    return { frames: (await view(page)).frames, seen };
  };
  const changes = async (what: string, act: () => Promise<unknown>) => {
    const before = await rest();
    await act();
    await expect.poll(async () => (await view(page)).frames, { message: what }).toBeGreaterThan(before.frames);
    const after = await rest();
    expect(after.seen, what).not.toBe(before.seen);
    return after.seen;
  };
  const first = (await rest()).seen;
  await changes('dragging turns', async () => { await page.mouse.move(x, y); await page.mouse.down(); await page.mouse.move(x + 120, y - 40, { steps: 4 }); await page.mouse.up(); });
  await changes('the wheel comes closer', () => page.mouse.wheel(0, -300));
  const cdp = await context.newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...points: number[][]) => cdp.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([px, py], id) => ({ x: px, y: py, id })) });
  await changes('a finger turns', async () => { await touch('touchStart', [x, y]); for (let i = 1; i <= 4; i++) await touch('touchMove', [x - 25 * i, y]); await touch('touchEnd'); });
  await changes('two fingers zoom', async () => { await touch('touchStart', [x - 40, y], [x + 40, y]); for (let i = 1; i <= 4; i++) await touch('touchMove', [x - 40 - 15 * i, y], [x + 40 + 15 * i, y]); await touch('touchEnd'); });
  await canvas.focus();
  await changes('arrows turn', () => page.keyboard.press('ArrowLeft'));
  await changes('plus comes closer', () => page.keyboard.press('+'));
  expect(await changes('Home shows the whole', () => page.keyboard.press('Home')), 'as in the beginning').toBe(first);
  const lines = page.locator('.stage .dm');
  const shown = await lines.count();
  expect(shown, 'dimensions are there').toBeGreaterThanOrEqual(3);
  await page.keyboard.press('d');
  await expect(lines).toHaveCount(0);
  await page.keyboard.press('d');
  await expect(lines).toHaveCount(shown);
  await context.close();
});

test('drawers open, the parts come apart, and a turntable turns it', async ({ page, request }) => {
  const seen = watchConsole(page);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await open(page, `/configure/${await productId(request, 'CAB-BASE')}`);
  await drawn(page);
  const picture = () => page.evaluate(() => {
    const bytes: Uint8Array = (globalThis as any).__fitout_view.read();
    return bytes.reduce((sum, byte, i) => (sum * 31 + byte * (i % 97)) % 4294967291, 7);
  });
  const spoken = page.locator('canvas.view3d');
  await expect(page.locator('.dm')).toHaveCount(3);
  const shut = await picture();
  const drawers = page.getByRole('button', { name: 'Open', exact: true });
  await drawers.click();
  await expect(drawers).toHaveAttribute('aria-pressed', 'true');
  await expect(spoken).toHaveAccessibleName(/, open\./);
  const out = await picture();
  expect(out, 'the drawers are out').not.toBe(shut);
  await page.keyboard.press('o');
  await expect(drawers).toHaveAttribute('aria-pressed', 'false');
  await expect.poll(picture, 'and in again').not.toBe(out);

  await page.keyboard.press('e');
  await expect(page.getByRole('button', { name: 'Exploded view' })).toHaveAttribute('aria-pressed', 'true');
  await expect(spoken).toHaveAccessibleName(/, taken apart\./);
  await expect(page.locator('.dm'), 'of what is whole').toHaveCount(0);
  await page.keyboard.press('e');
  await expect(page.locator('.dm')).toHaveCount(3);

  const turn = page.getByRole('button', { name: 'Turntable' });
  await turn.click();
  const before = (await view(page)).frames;
  await expect.poll(async () => (await view(page)).frames).toBeGreaterThan(before + 5);
  await spoken.focus();
  await page.keyboard.press('ArrowLeft');
  await expect(turn, 'a hand stops it').toHaveAttribute('aria-pressed', 'false');

  await open(page, `/configure/${await productId(request, 'SOFA-LG')}`);
  await drawn(page);
  await expect(page.getByRole('button', { name: 'Exploded view' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Open', exact: true }), 'a sofa has nothing to open').toHaveCount(0);
  expect(seen).toEqual([]);
});

test('a length is pulled at its dimension line, and stops where a rule does', async ({ page, request }) => {
  await open(page, `/configure/${await productId(request, 'DESK-HA')}?frame=standard`);
  await drawn(page);
  const handle = page.locator('.handle[data-axis=width]'), width = page.getByRole('textbox', { name: 'Width' });
  await expect(handle).toBeVisible();
  await expect(width).toHaveValue('1600');
  const box = (await handle.boundingBox())!, [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  // Outwards is longer: away from the other end of the line.
  const line = await page.locator('.stage .ov path').first().getAttribute('d');
  const [ax, ay, bx, by] = line!.match(/-?[\d.]+/g)!.map(Number), length = Math.hypot(bx - ax, by - ay);
  const pull = (px: number) => page.mouse.move(x + ((bx - ax) / length) * px, y + ((by - ay) / length) * px, { steps: 8 });
  await page.mouse.move(x, y);
  await page.mouse.down();
  await pull(60);
  await expect.poll(async () => Number(await width.inputValue())).toBeGreaterThan(1650);
  expect(Number(await width.inputValue()) % 50, 'on the grid').toBe(0);
  await pull(2_000);
  await page.mouse.up();
  await expect(page.getByText('Tops over 2.0 m need the heavy frame').first(), 'it says why').toBeVisible();
  const there = Number(new URL(page.url()).searchParams.get('width'));
  expect(there, 'the standard frame carries no more').toBeLessThanOrEqual(2000);
  expect(there).toBeGreaterThan(1650);
  await page.locator('canvas.view3d').focus();
  await page.keyboard.press('Control+z');
  await expect(width, 'a pull is one step').toHaveValue('1600');
  await page.keyboard.press('Control+y');
  await expect(width).toHaveValue(String(there));
  await page.keyboard.press('d');
  await expect(handle, 'handles go with the lines').toBeHidden();
});
