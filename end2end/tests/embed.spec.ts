// The configurator on another site: a customer by keyboard without cookies, a page's own script, pages that may not, and its settings.
import { chromium, expect, test, type APIRequestContext, type FrameLocator, type Page } from '@playwright/test';
import { build } from 'esbuild';
import { Liquid } from 'liquidjs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { admin, expectAccessible, open, pdfWords, signIn, watchConsole } from './kit';

const shop = process.env.FITOUT_E2E_SHOP ?? '';
const inside = (page: Page): FrameLocator => page.frameLocator('fitout-configurator iframe');

/** The element of a page, as its own script sees it. */
type Configurator = HTMLElement & Record<'getConfiguration' | 'screenshot' | 'requestQuote', () => Promise<any>> & { setOption(o: string, v: unknown): Promise<any>; setConfiguration(c: object): Promise<any> };
const call = <T>(page: Page, run: (c: Configurator) => Promise<T>) => page.evaluate(`(${run})(document.querySelector('fitout-configurator'))`) as Promise<T>;

/** Opens the shop, as somebody with a mouse does. */
async function enter(page: Page, address = '/demo/shop') {
  await page.goto(`${shop}${address}`);
  await page.mouse.move(40, 40);
  await expect(page.locator('#told')).toContainText('ready', { timeout: 30_000 });
}

/** A site of its own for as long as `work` takes. */
async function site(answer: RequestListener, work: (origin: string) => Promise<void>) {
  const server = createServer(answer);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
}

async function signed(request: APIRequestContext) {
  const { access_token } = await (await request.post('/api/v1/auth/login', { data: admin })).json();
  return { authorization: `Bearer ${access_token}` };
}

test('a customer on another site configures a sofa by keyboard, without cookies, asks for a quote and gets the link by mail', async ({ request, playwright }) => {
  const { launchOptions } = (test.info().project.use as any);
  const browser = await chromium.launch({ ...launchOptions, args: [...launchOptions.args, '--test-third-party-cookie-phaseout'] });
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 1000 } });
    const page = await context.newPage();
    const seen = watchConsole(page);
    await page.goto(`${shop}/demo/shop`);
    const frame = inside(page), told = page.locator('#told');
    await page.keyboard.press('Tab');
    await expect(told).toContainText('ready', { timeout: 30_000 });
    const before = await frame.getByTestId('price').textContent();
    expect(before).toMatch(/\$[\d,]+/);

    // By keyboard alone: into the frame, to the seats, one further.
    await page.locator('nav a').last().focus();
    const on = () => page.evaluate(() => document.activeElement?.tagName);
    for (let i = 0; i < 5 && (await on()) !== 'FITOUT-CONFIGURATOR'; i++) await page.keyboard.press('Tab');
    const focused = frame.locator(':focus');
    for (let i = 0; i < 60; i++) {
      if (await focused.getAttribute('role').catch(() => null) === 'radio') break;
      await page.keyboard.press('Tab');
    }
    await expect(focused).toHaveAttribute('role', 'radio');
    for (let i = 0; i < 6 && (await frame.getByTestId('price').textContent())?.startsWith(before!); i++) {
      await page.keyboard.press('ArrowRight');
      await page.waitForTimeout(300);
      if ((await frame.getByTestId('price').textContent())?.startsWith(before!)) { await page.keyboard.press('Tab'); await page.waitForTimeout(50); }
    }
    await expect(told, 'the page around hears it').toHaveAttribute('data-last', /config-change|price-change/);

    const button = frame.getByRole('button', { name: 'Request a quote' }).first();
    // Somebody types as soon as the form is there: the first key is the name's already.
    const first = await button.evaluate(async (b: HTMLElement) => { b.click(); await new Promise((next) => setTimeout(next)); return document.activeElement?.id; });
    expect(first).toBe('lead-name');
    await page.keyboard.press('Escape');
    await button.focus();
    await page.keyboard.press('Enter');
    await expect(frame.getByRole('dialog', { name: 'Request a quote' })).toBeVisible();
    await page.keyboard.type('Kim Aalto');
    await page.keyboard.press('Tab');
    const mail = `kim-${Date.now()}@customer.example`;
    await page.keyboard.type(mail);
    await page.keyboard.press('Tab');
    await page.keyboard.type('Do you deliver to Turku?');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const link = await frame.getByTestId('lead-link').inputValue();
    expect(link).toMatch(/\/c\/[0-9a-f]{32}$/);
    await expect(told).toHaveAttribute('data-last', 'lead-sent');
    expect(await context.cookies(), 'nobody left a cookie').toEqual([]);
    expect(seen).toEqual([]);

    const headers = await signed(request);
    const outbox = (await (await request.get('/api/v1/admin/outbox?limit=20', { headers })).json()).items;
    const theirs = outbox.find((m: any) => m.to === mail);
    expect(theirs.body).toContain(link);
    // The specification is with it: what was chosen, the price, the link.
    expect(theirs.attachment).toMatch(/^SOFA-LG.*\.pdf$/);
    const paper = await request.get(`/api/v1/admin/outbox/${theirs.id}/attachment`, { headers });
    expect([paper.status(), paper.headers()['content-type']]).toEqual([200, 'application/pdf']);
    const words = pdfWords(await paper.body());
    for (const said of ['Moraine lounge sofa', 'Specification', 'Price, excl. tax', theirs.body.match(/\$[\d,.]+\d/)[0], link.slice(-32)]) expect(words).toContain(said);
    expect(outbox.find((m: any) => m.to === 'rep@fitout.example' && m.body.includes(mail)).subject).toContain('Kim Aalto asks for a quote');
    await page.goto(link);
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Asked by Kim Aalto');
    const { items } = await (await request.get('/api/v1/leads', { headers })).json();
    expect(items[0]).toMatchObject({ name: 'Kim Aalto', email: mail, kind: 'quote', origin: shop });
  } finally {
    await browser.close();
  }
});

test('the page around speaks with the configurator, and a flood does not drown it', async ({ page }) => {
  await enter(page, '/demo/shop?item=DESK-HA');
  const now = await call(page, (c) => c.getConfiguration());
  expect(now).toMatchObject({ product: 'DESK-HA', valid: true, price: { currency: 'USD' } });
  const wide = await call(page, (c) => c.setOption('width', 1900));
  expect(wide.configuration).toEqual({ width: 1900 });
  expect(wide.price.minor).toBeGreaterThan(now.price.minor);
  await expect(inside(page).getByRole('textbox', { name: 'Width' })).toHaveValue('1900');
  const set = await call(page, (c) => c.setConfiguration({ width: 1400, finish: 'walnut' }));
  expect(set.configuration).toEqual({ finish: 'walnut', width: 1400 });
  for (const [wish, words] of [
    [(c: Configurator) => c.setOption('width', 99999), /no value/],
    [(c: Configurator) => c.setOption('wings', 2), /no option/],
    [(c: Configurator) => c.setConfiguration({ wings: 2 }), /no option/],
    [(c: Configurator) => c.setConfiguration('x' as any), /object/],
  ] as const) await expect(call(page, wish as any)).rejects.toThrow(words);
  expect(await call(page, (c) => c.screenshot())).toMatch(/^data:image\/png;base64,.{2000}/);
  // The attribute leads as well.
  await page.evaluate(() => document.querySelector('fitout-configurator')!.setAttribute('config', 'width=1200'));
  await expect.poll(async () => (await call(page, (c) => c.getConfiguration())).configuration.width).toBe(1200);

  const heard = page.evaluate(() => new Promise((yes) => document.querySelector('fitout-configurator')!.addEventListener('error', (e) => yes((e as CustomEvent).detail))));
  await page.evaluate(() => { for (let i = 0; i < 500; i++) (document.querySelector('fitout-configurator') as any).getConfiguration(); });
  expect(await heard).toMatchObject({ code: 'flood' });
  await page.waitForTimeout(1_200);
  expect((await call(page, (c) => c.getConfiguration())).configuration.width).toBe(1200);
  // Back belongs to the page around: choices made inside are no steps of its history.
  await page.goBack();
  expect(page.url()).not.toContain('/embed/');
});

test('whatever a page around says, the configurator answers or refuses, and goes on', async ({ page }) => {
  const seed = Number(process.env.FITOUT_FUZZ_SEED ?? Date.now() % 1e9), wanted = 40 * Number(process.env.FITOUT_FUZZ_SECONDS ?? 8);
  test.setTimeout(90_000 + wanted * 100);
  const seen = watchConsole(page);
  await enter(page, '/demo/shop?item=DESK-HA');
  const before = await call(page, (c) => c.getConfiguration());
  // A page that speaks with the frame by hand: an element of its own would not let it say such things.
  const told = await page.evaluate(async ({ seed, wanted }) => {
    let state = seed;
    const random = () => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return state / 2 ** 32; };
    const any = <T>(list: T[]) => list[Math.floor(random() * list.length)];
    const words = ['', 'width', 'finish', 'frame', '__proto__', 'constructor', 'toString', 'modules/3/front', '../../x', '<img src=x onerror=alert(1)>', '\u0000', '\ud800', 'é'.repeat(3000), '9'.repeat(400)];
    const value = (depth: number): unknown => {
      const kind = Math.floor(random() * (depth > 0 ? 15 : 11));
      if (kind === 11 || kind === 12) return Array.from({ length: Math.floor(random() * 6) }, () => value(depth - 1));
      if (kind > 12) return Object.fromEntries(Array.from({ length: Math.floor(random() * 6) }, () => [any(words), value(depth - 1)]));
      return [null, undefined, true, NaN, -Infinity, 1e308, -0, 2 ** 53, any(words), new Date(NaN), 10n ** 30n][kind];
    };
    const ring: any = {}; ring.ring = ring;
    let deep: any = 1; for (let i = 0; i < 3000; i++) deep = [deep];
    const odd = () => any<unknown>([ring, deep, new ArrayBuffer(1 << 16), new Map([[1, ring]]), new Set([value(2)]), new Error('x'), /x/g, new Blob(['x']), new Uint8Array(9)]);
    const types = ['getConfiguration', 'setConfiguration', 'setOption', 'screenshot', 'hello', 'answer', 'resize', 'error', '', '__proto__', 'toString'];
    const source = document.querySelector('fitout-configurator')!;
    const address = new URL((source.shadowRoot ?? source).querySelector('iframe')!.src);
    address.searchParams.set('embed.loading', 'eager');
    const frame = document.createElement('iframe');
    frame.src = address.href;
    frame.width = '900'; frame.height = '700';
    document.body.append(frame);
    await new Promise((loaded) => frame.addEventListener('load', loaded, { once: true }));
    // Handshakes that are none, then one.
    const { port1, port2 } = new MessageChannel();
    for (const wrong of [null, 'hello', { fitout: 'hello' }, { fitout: 'hello', v: '1' }, { fitout: 'hello', v: ring }, ring, deep]) frame.contentWindow!.postMessage(wrong, '*');
    frame.contentWindow!.postMessage({ fitout: 'hello', v: 99 }, '*', [new MessageChannel().port2]);
    const answers: any[] = [];
    let ready: (v: unknown) => void;
    const opened = new Promise((yes) => { ready = yes; });
    port1.onmessage = ({ data }) => { if (data.type === 'ready') ready(0); if (data.answers !== undefined || data.type === 'error') answers.push(data); };
    frame.contentWindow!.postMessage({ fitout: 'hello', v: 1 }, address.origin, [port2]);
    await opened;
    for (let sent = 0; sent < wanted; sent++) {
      const message = random() < 0.1 ? odd() : { v: random() < 0.95 ? 1 : value(1), type: random() < 0.9 ? any(types) : value(2), detail: random() < 0.15 ? odd() : value(4), id: random() < 0.8 ? sent : value(2) };
      try { port1.postMessage(message); } catch { /* the browser itself does not carry it */ }
      await new Promise((rest) => setTimeout(rest, 20));
    }
    await new Promise((rest) => setTimeout(rest, 1_200));
    const last = new Promise<any>((yes) => { port1.onmessage = ({ data }) => { if (data.answers === 'last') yes(data); }; });
    port1.postMessage({ v: 1, type: 'setOption', detail: { option: 'width', value: 1750 }, id: 'last' });
    const end = await Promise.race([last, new Promise((_, no) => setTimeout(() => no(new Error('it answers no more')), 15_000))]) as any;
    const kinds = answers.map((a) => a.type);
    return { answered: kinds.filter((k) => k === 'answer').length, refused: kinds.filter((k) => k === 'refused').length, end };
  }, { seed, wanted });
  expect(told.refused, `seed ${seed}: ${JSON.stringify(told)}`).toBeGreaterThan(10);
  expect(told.end, `seed ${seed}`).toMatchObject({ type: 'answer', detail: { configuration: { width: 1750 } } });
  // The configurator beside it heard nothing of all that.
  expect(await call(page, (c) => c.getConfiguration())).toEqual(before);
  expect(seen, `seed ${seed}`).toEqual([]);
});

test('a site that is not on the list shows nothing and is told why; forged calls are refused', async ({ page, request, baseURL }) => {
  const headers = await signed(request);
  const embed = (await (await request.get('/api/v1/embeds', { headers })).json()).items.find((e: any) => e.name === 'Demo shop');
  const html = `<!doctype html><title>Elsewhere</title><script src="${baseURL}/embed.js" defer></script><fitout-configurator embed="${embed.public_id}" product="DESK-HA"></fitout-configurator>`;
  await site((_, answer) => answer.setHeader('content-type', 'text/html').end(html), async (elsewhere) => {
    await page.goto(elsewhere);
    await expect(page.locator('fitout-configurator')).toContainText(`${elsewhere} is not among the addresses`, { timeout: 30_000 });
    await expect(inside(page).locator('#embed'), 'the browser refuses the frame').toHaveCount(0);
    // Its own script gets no token, nor can it use one.
    const status = (path: string, body: object, token?: string) => page.evaluate(async ([url, data, bearer]) => {
      const answer = await fetch(url as string, { method: 'POST', body: JSON.stringify(data), headers: { 'content-type': 'application/json', ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) } });
      return answer.status;
    }, [`${baseURL}${path}`, body, token] as const);
    expect(await status(`/api/v1/embeds/${embed.public_id}/token`, { origin: elsewhere })).toBe(403);
    const { token } = await (await request.post(`/api/v1/embeds/${embed.public_id}/token`, { data: { origin: shop } })).json();
    const lead = { product_id: embed.id, name: 'Eve', email: 'eve@example.com' };
    expect(await status('/api/v1/leads', lead, token), 'a stolen token is no use on another site').toBe(401);
    expect(await status('/api/v1/leads', lead, `${token}x`)).toBe(401);
    expect(await status('/api/v1/leads', lead)).toBe(401);
  });
});

test('the frame rests, readable and in its place, until somebody is there; what is pressed first is done', async ({ page }) => {
  const seen = watchConsole(page);
  const code: string[] = [];
  page.on('request', (r) => { if (/\/pkg\/.*\.(wasm|bin|js)$/.test(r.url())) code.push(r.url()); });
  await page.addInitScript(() => {
    (window as any).moved = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((e: any) => { (window as any).moved += e.value; })).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(`${shop}/demo/shop`, { waitUntil: 'networkidle' });
  const frame = inside(page);
  await expect(frame.getByTestId('price')).toHaveText(/\$[\d,]+/);
  await expect(frame.getByRole('radio').first()).toBeVisible();
  const before = await frame.getByTestId('price').textContent();
  expect(code, 'nobody is there yet').toEqual([]);
  expect(await page.evaluate(() => (window as any).moved), 'nothing moved').toBe(0);
  // The first thing that happens is a choice.
  await frame.locator('[role=radio][aria-checked=false]').first().click();
  await expect(page.locator('#told')).toHaveAttribute('data-last', /config-change|price-change/, { timeout: 30_000 });
  await expect(frame.getByTestId('price')).not.toHaveText(before!);
  expect(code.length).toBeGreaterThan(3);
  expect(seen).toEqual([]);
  // What a program makes up is no sign of a person, nor is a page that only scrolls.
  code.length = 0;
  await page.goto(`${shop}/demo/shop?item=DESK-HA`, { waitUntil: 'networkidle' });
  await page.evaluate(() => { for (const name of ['pointermove', 'keydown', 'click', 'wheel']) window.dispatchEvent(new Event(name)); scrollTo(0, 40); });
  await page.waitForTimeout(500);
  expect(code).toEqual([]);
  // A click alone is one: screen readers send no more than that.
  await page.addInitScript(() => {
    for (const name of location.search.includes('only=click') ? ['pointermove', 'pointerdown', 'mousedown', 'focusin'] : []) addEventListener(name, (e) => e.stopImmediatePropagation(), true);
  });
  await page.goto(`${shop}/demo/shop?item=DESK-HA&only=click`, { waitUntil: 'networkidle' });
  await page.locator('h1').click();
  await expect(page.locator('#told')).toContainText('ready', { timeout: 30_000 });
  // A method of the page around is a sign as well, and a page may ask for all of it at once.
  await page.goto(`${shop}/demo/shop?item=DESK-HA`, { waitUntil: 'networkidle' });
  expect(await call(page, (c) => c.getConfiguration())).toMatchObject({ product: 'DESK-HA' });
  await page.evaluate(() => { const c = document.querySelector('fitout-configurator')!; c.setAttribute('loading', 'eager'); document.getElementById('told')!.textContent = ''; c.setAttribute('product', 'WALL-ST'); });
  await expect(page.locator('#told')).toContainText('ready', { timeout: 30_000 });
  // An opening of a wall by its address; one that is not there is none.
  await call(page, (c) => c.setOption('modules/7/front', 'door'));
  expect(JSON.stringify((await call(page, (c) => c.getConfiguration())).configuration.modules[7])).toContain('door');
  await expect(call(page, (c) => c.setOption('modules/300/front', 'door'))).rejects.toThrow(/no option/);
  await page.goto(`${shop}/demo/shop?item=DESK-HA`, { waitUntil: 'networkidle' });
  await page.evaluate(() => document.querySelector('fitout-configurator')!.setAttribute('loading', 'eager'));
  await expect(page.locator('#told'), 'the frame that rests is woken').toContainText('ready', { timeout: 30_000 });
});

test('on a phone the frame rests as well, and nothing moves when it wakes', async ({ browser }) => {
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  await page.addInitScript(() => {
    (window as any).moved = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((e: any) => { (window as any).moved += e.value; })).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(`${shop}/demo/shop`, { waitUntil: 'networkidle' });
  const box = async () => (await page.locator('fitout-configurator').boundingBox())!;
  await expect.poll(async () => (await box()).height, { message: 'it grows with what is in it' }).toBeGreaterThan(900);
  const before = (await box()).y;
  await page.locator('h1').click();
  await expect(page.locator('#told')).toContainText('ready', { timeout: 30_000 });
  await expect(inside(page).locator('canvas.view3d')).toBeVisible();
  expect((await box()).y).toBe(before);
  expect(await page.evaluate(() => (window as any).moved)).toBe(0);
  await page.close();
});

test('choices written as JSON count from the first press; what does not fit is named; one out of sight answers', async ({ page, request, baseURL }) => {
  const headers = await signed(request);
  const body = (config: string, above = 0) => `<!doctype html><title>Shop</title><script src="${baseURL}/embed.js" defer></script><p style="height: ${above}px"></p><fitout-configurator embed="EMBED" product="DESK-HA" config='${config}' style="display: block; min-height: 720px"></fitout-configurator>
    <script>window.said = []; for (const name of ['ready', 'add-to-cart', 'error']) addEventListener(name, (e) => said.push([name, e.detail]));</script>`;
  const pages: Record<string, string> = { '/json': body('{"width": 1800, "finish": "walnut"}'), '/wrong': body('{"width": 1800, "wings": 2}'), '/far': body('width=1800', 9_000) };
  let id = '';
  await site((asked, answer) => answer.setHeader('content-type', 'text/html').end((pages[asked.url!] ?? '').replace('EMBED', id)), async (origin) => {
    const embed = await (await request.post('/api/v1/embeds', { headers, data: { name: 'JSON', origins: [origin], theme: { action: 'cart' }, enabled: true } })).json();
    id = embed.public_id;
    const said = (name: string) => page.evaluate((wanted) => (window as any).said.filter(([n]: [string]) => n === wanted).map(([, detail]: [string, any]) => detail), name);
    await page.goto(`${origin}/json`, { waitUntil: 'networkidle' });
    await inside(page).getByRole('button', { name: 'Add to cart' }).first().click();
    await expect.poll(async () => (await said('add-to-cart'))[0]?.configuration, { timeout: 30_000 }).toEqual({ width: 1800, finish: 'walnut' });
    expect(await said('error')).toEqual([]);
    await page.goto(`${origin}/wrong`, { waitUntil: 'networkidle' });
    expect((await call(page, (c) => c.getConfiguration())).configuration).toEqual({ width: 1800 });
    expect(await said('error')).toEqual([{ code: 'config', message: expect.stringContaining('wings') }]);
    // Far below the screen there is no frame yet; it comes when it is asked.
    await page.goto(`${origin}/far`, { waitUntil: 'networkidle' });
    await expect(inside(page).locator('#embed')).toHaveCount(0);
    expect((await call(page, (c) => c.getConfiguration())).configuration).toEqual({ width: 1800 });
    // Switched off, it says so without any code.
    const code: string[] = [];
    page.on('request', (r) => { if (/\/pkg\/.*\.(wasm|bin|js)$/.test(r.url())) code.push(r.url()); });
    const off = await request.put(`/api/v1/embeds/${embed.id}`, { headers, data: { name: 'JSON', origins: [origin], theme: { action: 'cart' }, enabled: false } });
    expect(off.ok(), await off.text()).toBe(true);
    await page.goto(`${origin}/json`);
    await expect.poll(async () => (await said('ready'))[0], { timeout: 30_000 }).toEqual({ closed: true });
    await page.mouse.click(200, 200);
    await expect(call(page, (c) => c.getConfiguration())).rejects.toThrow(/closed at present/);
    expect(code).toEqual([]);
    await page.goto(`${origin}/far`);
    await page.evaluate(() => document.querySelector('fitout-configurator')!.setAttribute('embed', 'nothing'));
    await expect(call(page, (c) => c.getConfiguration()), 'a method never waits for ever').rejects.toThrow(/embed="emb_/);
    expect((await request.delete(`/api/v1/embeds/${embed.id}`, { headers })).status()).toBe(204);
  });
});

test('the examples of the documentation do what they say, on a site of their own', async ({ page, request, baseURL }) => {
  const docs = await (await request.get('/docs/embed')).text();
  await page.setContent(docs);
  const examples = await Promise.all(['html', 'react', 'shopify'].map((part) => page.locator(`section[aria-labelledby=${part}] pre`).innerText()));
  const headers = await signed(request);
  const carts: any[] = [];
  let pages: Record<string, [string, string]> = {};
  const serve: RequestListener = async (asked, answer) => {
    const path = new URL(asked.url!, 'http://shop').pathname;
    if (path === '/cart/add.js') {
      const chunks: Buffer[] = [];
      for await (const chunk of asked) chunks.push(chunk as Buffer);
      carts.push(JSON.parse(Buffer.concat(chunks).toString()));
    }
    const [type, text] = pages[path] ?? ['text/html', '<!doctype html><title>Cart</title><h1>Cart</h1>'];
    answer.setHeader('content-type', type).end(text);
  };
  await site(serve, async (origin) => {
    const settings = { name: 'Examples', origins: [origin], theme: { action: 'cart' }, enabled: true };
    const embed = await (await request.post('/api/v1/embeds', { headers, data: settings })).json();
    const [html, react, shopify] = examples.map((text) => text.replaceAll('emb_…', embed.public_id));
    const app = await build({
      stdin: { contents: `import { createRoot } from 'react-dom/client';\n${react}\ncreateRoot(document.getElementById('root')).render(<Configurator product="SOFA-LG" onCart={(cart) => { window.cart = cart; }} />);`, loader: 'jsx', resolveDir: process.cwd() },
      bundle: true, write: false, format: 'iife', jsx: 'automatic', define: { 'process.env.NODE_ENV': '"production"' },
    });
    // What a shop's server does with a section file: its schema is not part of the page.
    const liquid = new Liquid();
    liquid.registerTag('schema', { parse(_, rest) { const end = rest.findIndex((t: any) => t.name === 'endschema'); JSON.parse(rest.splice(0, end + 1).slice(0, -1).map((t: any) => t.getText()).join('')); }, render: () => '' });
    const section = await liquid.parseAndRender(shopify, { section: { settings: { embed: embed.public_id } }, product: { selected_or_first_available_variant: { id: 4711, sku: 'DESK-HA' } } });
    const around = (body: string) => ['text/html', `<!doctype html><meta charset="utf-8"><title>Shop</title><script>window.Shopify = { routes: { root: '/' } }</script>${body}`] as [string, string];
    pages = { '/html': around(html), '/react': around('<div id="root"></div><script src="/app.js"></script>'), '/app.js': ['text/javascript', app.outputFiles[0].text], '/section': around(section) };
    const said: string[] = [];
    page.on('console', (m) => said.push(m.text()));
    const put = async (path: string) => {
      await page.goto(`${origin}${path}`);
      await page.mouse.move(50, 50);
      await inside(page).getByRole('button', { name: 'Add to cart' }).first().click();
    };
    await put('/html');
    await expect.poll(() => said.find((t) => /^DESK-HA\S* \d+(\.\d+)? USD$/.test(t)), { message: said.join('\n'), timeout: 30_000 }).toBeTruthy();
    expect((await call(page, (c) => c.getConfiguration())).configuration, 'as the example chooses').toMatchObject({ width: 1800, finish: 'walnut' });
    await put('/react');
    await expect.poll(() => page.evaluate(() => (window as any).cart?.product), { timeout: 30_000 }).toBe('SOFA-LG');
    await put('/section');
    await page.waitForURL('**/cart', { timeout: 30_000 });
    expect(carts).toEqual([{ items: [{ id: 4711, quantity: 1, properties: expect.objectContaining({ Configuration: expect.stringMatching(/^DESK-HA/), width: expect.anything() }) }] }]);
    expect((await request.delete(`/api/v1/embeds/${embed.id}`, { headers })).status()).toBe(204);
  });
});

test('an administrator makes an embed, sees it, switches it off and removes it', async ({ page, request }) => {
  const seen = watchConsole(page, ['/_fn/save-embed']);
  await signIn(page, admin);
  await open(page, '/admin/embeds');
  await expect(page.getByRole('row', { name: /Demo shop/ })).toBeVisible();
  await page.getByRole('link', { name: 'New embed' }).click();
  await page.getByLabel('Name').fill('Landing page');
  await page.getByLabel('Addresses that may show it').fill('http://shop.example');
  await page.getByRole('button', { name: 'Make it' }).click();
  await expect(page.getByText(/Line 1: It must begin with https/)).toBeVisible();
  await page.getByLabel('Addresses that may show it').fill('https://shop.example\nhttps://www.shop.example/page');
  await page.getByRole('button', { name: 'Make it' }).click();
  await expect(page.getByTestId('snippet')).toContainText(/<fitout-configurator embed="emb_[0-9a-f]{32}" product="/);
  await expect(page.getByLabel('Addresses that may show it')).toHaveValue('https://shop.example\nhttps://www.shop.example');
  const preview = page.frameLocator('iframe.preview');
  await expect(preview.getByRole('button', { name: 'Request a quote' }).first()).toBeVisible();
  await page.getByLabel('Main button').selectOption('cart');
  await expect(preview.getByRole('button', { name: 'Add to cart' }).first()).toBeVisible();
  await page.getByLabel('Colour').fill('#aa3311');
  await page.getByLabel('Colour').blur();
  await expect(preview.locator('#embed')).toHaveAttribute('style', /--accent:color\(srgb 0\.667 0\.200 0\.067\)/);
  await expectAccessible(page, 'an embed');
  await page.getByLabel('On', { exact: true }).uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await expect(page.getByRole('row', { name: /Landing page/ })).toContainText('Off');
  const headers = await signed(request);
  const embed = (await (await request.get('/api/v1/embeds', { headers })).json()).items.find((e: any) => e.name === 'Landing page');
  await page.goto(`/embed/${embed.public_id}?embed.product=DESK-HA`);
  await expect(page.getByText(/closed at present/)).toBeVisible();
  await expectAccessible(page, 'a closed embed');
  await open(page, `/admin/embeds?embed=${embed.id}`);
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByRole('row', { name: /Landing page/ })).toHaveCount(0);
  await open(page, '/admin/leads');
  await expect(page.getByRole('heading', { level: 1, name: 'Leads' })).toBeVisible();
  expect(seen).toEqual([]);
});
