// Every page, and every state of a page that looks different: accessible in both themes, no sideways scroll, a quiet console, a screenshot at two widths.
import { asset } from './assets';
import { expect, test, type Browser, type Page, type Request } from '@playwright/test';
import { admin, blender, drawn, expectAccessible, freshEmail, hydrated, open, productId, signIn, watchConsole } from './kit';
import { Person, place, serve, undoAll, withoutDatabase } from './own';

/** A job that needed a run of its own. */
const someJob = async (page: Page): Promise<string> => {
  const { items } = await (await page.request.get('/api/v1/jobs?state=done&limit=100')).json();
  for (const { id } of items) if ((await (await page.request.get(`/api/v1/jobs/${id}`)).json()).run) return id;
  throw new Error('no job had a run of its own');
};

test.afterEach(undoAll);

/** `path` is opened, then `act` brings the page into the state of its `name`. `refused`: the page itself answers with an error. */
/** `paused`: no model is made meanwhile. */
type Look = { name: string; path: string; act?: (page: Page) => Promise<unknown>; refused?: true | string[]; paused?: true };

const themes = ['light', 'dark'] as const;
type Theme = (typeof themes)[number];

async function look(page: Page, theme: Theme, { name, path, act }: Look) {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(path);
  await hydrated(page);
  if (/^\/(configure|c)\//.test(path) && (await page.locator('canvas').count())) await drawn(page);
  await act?.(page);
  await page.evaluate(() => document.fonts.ready);
  for (const [width, height, suffix] of [[1440, 900, ''], [390, 844, 'phone-']] as const) {
    await page.setViewportSize({ width, height });
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(sideways, `${name} at ${width} scrolls sideways by ${sideways} px`).toBeLessThanOrEqual(0);
    const cut = await page.evaluate(() => [...document.querySelectorAll('.bar.work a, .bar.work button')].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth).map((e) => e.textContent));
    expect(cut, `${name} at ${width} is cut off`).toEqual([]);
    await page.screenshot({ path: `artefacts/${name}-${suffix}${theme}.png` });
    await expectAccessible(page, `${name}, ${theme}, ${width} px`);
  }
}

async function withTheme(browser: Browser, theme: Theme, baseURL?: string) {
  const context = await browser.newContext({ colorScheme: theme, reducedMotion: 'reduce', ...(baseURL ? { baseURL } : {}) });
  return { context, page: await context.newPage() };
}

async function lookAtAll(page: Page, theme: Theme, looks: Look[]) {
  const errors = watchConsole(page, looks.flatMap((l) => (l.refused === true ? [l.path] : l.refused ?? [])));
  for (const one of looks) {
    await test.step(one.name, async () => {
      if (one.paused) blender('STOP');
      try { await look(page, theme, one); } finally { if (one.paused) blender('CONT'); }
    });
  }
  expect(errors, errors.join('\n')).toEqual([]);
}

/** A configuration that its workspace shares, and a product of that workspace: addresses for somebody else to open. */
async function ofAnotherWorkspace(url: string) {
  const person = await Person.register(url, freshEmail());
  const product_id = await person.desk();
  const { id } = await person.post('/api/v1/configurations', { product_id, name: 'Corner office', config_data: { width: 1850, finish: 'walnut' } });
  const { share_url } = await person.post(`/api/v1/configurations/${id}/share`, {});
  return { shared: new URL(share_url).pathname, product: `/configure/${product_id}` };
}

for (const theme of themes) {
  test(`visitors' pages, ${theme}`, async ({ browser, baseURL }) => {
    test.setTimeout(360_000);
    const { shared, product } = await ofAnotherWorkspace(baseURL!);
    const { context, page } = await withTheme(browser, theme);
    await lookAtAll(page, theme, [
      { name: 'landing', path: '/' },
      { name: 'login', path: '/auth/login' },
      { name: 'login-refused', path: '/auth/login', refused: ['/_fn/sign-in'], act: async () => {
        await page.getByLabel('E-mail').fill(freshEmail());
        await page.getByLabel('Password', { exact: true }).fill('not the password');
        await page.getByRole('button', { name: 'Sign in' }).click();
        await expect(page.getByRole('alert')).toContainText(/password/i);
      } },
      { name: 'signup', path: '/auth/signup' },
      { name: 'forgot', path: '/auth/forgot' },
      { name: 'forgot-sent', path: '/auth/forgot?sent=1' },
      { name: 'reset', path: '/auth/reset?token=0123456789abcdef' },
      { name: 'reset-incomplete', path: '/auth/reset' },
      { name: 'invite', path: '/auth/invite?token=0123456789abcdef' },
      { name: 'missing', path: '/no/such/page', refused: true },
      { name: 'products-visitor', path: '/products' },
      { name: 'share', path: shared, act: () => expect(page.getByRole('heading', { level: 1 })).toContainText('Corner office') },
      { name: 'share-gone', path: '/c/00000000000000000000000000000000', refused: true },
      // What belongs to another workspace is not there, and the page says what to quote.
      { name: 'error', path: product, refused: true, act: () => expect(page.getByText(/^Incident$/)).toBeVisible() },
    ]);
    await context.close();
  });

  test(`signed-in pages, ${theme}`, async ({ browser }) => {
    test.setTimeout(480_000);
    const { context, page } = await withTheme(browser, theme);
    await signIn(page, admin);
    const configure = async (sku: string) => `/configure/${await productId(page.request, sku)}`;
    const { items: members } = await (await page.request.get('/api/v1/admin/members')).json();
    const other = members.find((m: any) => m.email !== admin.email);
    const contract = (await (await page.request.get('/api/v1/price-lists')).json()).items.find((l: any) => l.name === 'Northlight contract');
    const embed = (await (await page.request.get('/api/v1/embeds')).json()).items.find((e: any) => e.name === 'Demo shop');
    const desk = (await (await page.request.get('/api/v1/products?limit=50')).json()).items.find((p: any) => p.sku === 'DESK-HA');
    await expect.poll(async () => (await (await page.request.get(`/api/v1/products/${desk.id}`)).json()).model_3d_url, { timeout: 120_000 }).toBeTruthy();
    const model = (await (await page.request.get(`/api/v1/products/${desk.id}`)).json()).model_3d_url.split('/')[2];
    const { items: kept } = await (await page.request.get('/api/v1/configurations')).json();
    await lookAtAll(page, theme, [
      { name: 'dashboard', path: '/' },
      { name: 'workspace-menu', path: '/', act: () => page.locator('summary').filter({ hasText: 'workspace menu' }).click() },
      { name: 'palette', path: '/', act: async () => { await page.keyboard.press('Control+k'); await expect(page.getByRole('dialog').getByRole('option').first()).toBeVisible(); } },
      { name: 'products', path: '/products' },
      { name: 'products-filtered', path: '/products?search=cabinet&configurable=on&minPrice=100&maxPrice=5000' },
      { name: 'products-empty', path: '/products?search=zebra+stripes', act: () => expect(page.getByText('No product fits these filters')).toBeVisible() },
      { name: 'configurator', path: await configure('DESK-HA') },
      { name: 'configurator-cabinet', path: await configure('CAB-BASE') },
      { name: 'configurator-sofa', path: await configure('SOFA-LG') },
      { name: 'configurator-wall', path: await configure('WALL-ST'), act: () => page.getByRole('option', { name: 'Column 2, row 2: Open' }).click() },
      { name: 'configurator-why-not', path: `${await configure('DESK-HA')}?frame=standard`, act: async () => {
        const field = page.getByRole('textbox', { name: /^Width/ });
        await field.fill('2200');
        await field.press('Enter');
        await expect(page.getByRole('region', { name: 'Why not' })).toBeVisible();
      } },
      { name: 'configurator-forced', path: await configure('DESK-HA'), act: async () => {
        const field = page.getByRole('textbox', { name: /^Width/ });
        await field.fill('2200');
        await field.press('Enter');
        await expect(page.locator('.toast').first()).toBeVisible();
      } },
      { name: 'configurator-price', path: await configure('DESK-HA'), act: async () => {
        const [line, total] = [page.locator('.pbar .line').first(), page.locator('.pbar .total')];
        await line.locator('summary').click();
        await expect(line.getByRole('table')).toBeVisible();
        await page.keyboard.press('Escape');
        await expect(line.getByRole('table')).toBeHidden();
        await expect(line.locator('summary')).toBeFocused();
        await total.locator('summary').click();
        const [head, row] = [await total.locator('thead th').first().boundingBox(), await total.locator('tbody tr').first().boundingBox()];
        expect(row!.y, 'the head lies over the first line').toBeGreaterThanOrEqual(head!.y + head!.height - 2);
      } },
      { name: 'configurator-save', path: await configure('DESK-HA'), act: async () => { 
        await page.getByRole('button', { name: 'Save as' }).click();
        const field = page.getByRole('dialog').getByLabel('Name');
        await expect(field).toBeVisible();
        expect((await field.boundingBox())!.width, 'the name has the width of the dialog').toBeGreaterThan(300);
      } },
      { name: 'configurator-share', path: await configure('DESK-HA'), act: async () => { await page.getByRole('button', { name: /^Share/ }).first().click(); await expect(page.getByTestId('share-link')).toBeVisible(); } },
      { name: 'configurator-cancelled', path: `${await configure('DESK-HA')}?width=${theme === 'light' ? 1950 : 1900}`, refused: ['/_fn/cancel-job'], paused: true, act: async () => {
        const card = page.getByRole('group', { name: 'Exact model' });
        await card.getByRole('button', { name: 'Cancel' }).click({ timeout: 60_000 });
        await expect(card).toHaveAttribute('data-state', 'cancelled');
      } },
      { name: 'workshop', path: `${(await configure('CAB-BASE')).replace('configure', 'workshop')}?width=900` },
      { name: 'saved', path: '/saved' },
      { name: 'saved-none', path: '/saved?search=zebra', act: () => expect(page.getByText('Nothing saved fits')).toBeVisible() },
      { name: 'saved-one', path: `/saved/${kept[0].id}` },
      { name: 'saved-compare', path: `/saved/compare?with=${kept[0].id}&with=${kept[1].id}` },
      { name: 'jobs', path: '/jobs' },
      { name: 'jobs-one', path: `/jobs?job=${await someJob(page)}`, act: () => expect(page.getByRole('complementary').getByText('Tries', { exact: true })).toBeVisible() },
      { name: 'jobs-empty', path: '/jobs?search=zebra', act: () => expect(page.getByText('No job fits these filters')).toBeVisible() },
      { name: 'admin-users', path: '/admin/users', act: async () => {
        const links = page.locator('.people .person-link');
        await links.first().focus();
        await page.keyboard.press('ArrowDown');
        await expect(links.nth(1)).toBeFocused();
        await page.keyboard.press('End');
        await expect(links.last()).toBeFocused();
        await page.keyboard.press('Home');
        await expect(links.first()).toBeFocused();
      } },
      { name: 'admin-user', path: `/admin/users?user=${other.id}`, act: () => expect(page.getByRole('complementary')).toBeVisible() },
      { name: 'admin-invite', path: '/admin/users?invite=1', act: () => expect(page.getByRole('complementary')).toBeVisible() },
      { name: 'admin-products', path: '/admin/products' },
      { name: 'admin-definition', path: (await configure('DESK-HA')).replace('configure', 'admin/products'), act: () => expect(page.getByText('Nothing wrong')).toBeVisible() },
      { name: 'admin-prices', path: '/admin/prices' },
      { name: 'admin-price-list', path: `/admin/prices/${contract.id}`, act: () => expect(page.getByTestId('trial')).toBeVisible() },
      { name: 'admin-price-none', path: '/admin/prices/00000000-0000-0000-0000-000000000000', act: () => expect(page.getByText('There is no such price list')).toBeVisible() },
      { name: 'configure-price', path: `${await configure('DESK-HA')}?price.customer=Northlight%20Studio&price.quantity=12`, act: async () => {
        await drawn(page);
        await page.locator('.breakdown').filter({ visible: true }).last().locator('summary').click();
        await expect(page.getByTestId('pieces').filter({ visible: true })).toHaveValue('12');
      } },
      { name: 'admin-assets', path: '/admin/assets', act: () => expect(page.getByRole('link', { name: /Wedge/ }).first()).toBeVisible() },
      { name: 'admin-assets-none', path: '/admin/assets?search=zebra', act: () => expect(page.getByText('No asset is called')).toBeVisible() },
      { name: 'admin-asset', path: `/admin/assets/${await asset(page)}`, act: () => expect(page.getByText('Symbol for plans')).toBeVisible({ timeout: 60_000 }) },
      { name: 'admin-embeds', path: '/admin/embeds' },
      { name: 'admin-embed-new', path: '/admin/embeds?new=1', act: () => expect(page.getByRole('complementary')).toBeVisible() },
      { name: 'admin-embed', path: `/admin/embeds?embed=${embed.id}`, act: () => expect(page.frameLocator('iframe.preview').getByRole('heading', { level: 1 })).toBeVisible() },
      { name: 'admin-leads', path: '/admin/leads' },
      { name: 'embed', path: `/embed/${embed.public_id}?embed.product=SOFA-LG`, act: () => drawn(page) },
      { name: 'embed-quote', path: `/embed/${embed.public_id}?embed.product=DESK-HA`, act: async () => {
        await page.getByRole('button', { name: 'Request a quote' }).filter({ visible: true }).click();
        await expect(page.getByRole('dialog', { name: 'Request a quote' }).getByLabel('Name')).toBeFocused();
      } },
      { name: 'embed-closed', path: `/embed/${embed.public_id}?embed.product=NOPE`, act: () => expect(page.getByText('not on offer')).toBeVisible() },
      { name: 'room', path: `/ar/${model}` },
      { name: 'room-gone', path: '/ar/00000000000000000000000000000000', refused: true },
      { name: 'admin-audit', path: '/admin/audit' },
      { name: 'admin-audit-checked', path: '/admin/audit?verify=1', act: () => expect(page.getByText('The chain is whole')).toBeVisible() },
      { name: 'admin-outbox', path: '/admin/outbox' },
    ]);
    await context.close();
  });

  test(`a person who may only look, ${theme}`, async ({ browser }) => {
    const { context, page } = await withTheme(browser, theme);
    await signIn(page, { email: 'viewer@fitout.example', password: admin.password });
    await lookAtAll(page, theme, [
      { name: 'configurator-viewer', path: `/configure/${await productId(page.request, 'DESK-HA')}?width=1550`, act: async () => {
        await expect(page.locator('.pbar').getByRole('button', { name: 'Save' })).toHaveAttribute('aria-disabled', 'true');
        await expect(page.getByText('Made by Blender for roles that may save.')).toBeVisible();
      } },
      { name: 'forbidden', path: '/admin/users', refused: true, act: () => expect(page.getByText('Your role does not open this')).toBeVisible() },
    ]);
    await context.close();
  });

  test(`a new workspace, ${theme}`, async ({ browser }) => {
    const { context, page } = await withTheme(browser, theme);
    const made = await page.request.post('/api/v1/auth/register', { data: { email: freshEmail(), password: 'a long enough password', name: 'Nell New', organization: 'New & Co' } });
    expect(made.status()).toBe(201);
    await lookAtAll(page, theme, [
      { name: 'dashboard-new', path: '/', act: () => expect(page.getByText('Nothing saved yet')).toBeVisible() },
      { name: 'outbox-new', path: '/admin/outbox' },
    ]);
    await context.close();
  });
}

test('the error page of a database that is away names the incident and leads back', async ({ browser }) => {
  test.setTimeout(240_000);
  const data = place();
  const server = await serve(data);
  const over = await withoutDatabase(data, 60);
  for (const theme of themes) {
    const { context, page } = await withTheme(browser, theme, server.url);
    await lookAtAll(page, theme, [
      { name: 'error-503', path: '/products', refused: true, act: async () => {
        await expect(page.getByRole('heading', { name: 'A part of the server is away' })).toBeVisible();
        await expect(page.getByRole('button', { name: 'Copy incident' })).toBeVisible();
        await expect(page.locator('.tblock')).toContainText('503');
      } },
    ]);
    expect(over(), 'the database came back too early').toBe(false);
    await context.close();
  }
});

test('live events: one line for the page, closed behind it, and what was missed is read again', async ({ browser }) => {
  const { context, page } = await withTheme(browser, 'light');
  const errors = watchConsole(page);
  await signIn(page, admin);
  // The page after signing in has a line, too, or is about to.
  await page.goto('about:blank');
  const lines = new Set<Request>();
  let ended = 0;
  page.on('request', (r) => { if (r.url().endsWith('/api/v1/events')) lines.add(r); });
  for (const end of ['requestfailed', 'requestfinished'] as const) page.on(end, (r: Request) => { if (lines.has(r)) ended++; });
  await open(page, '/');
  await expect.poll(() => lines.size).toBe(1);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Products' }).click();
  await page.waitForURL('**/products');
  await expect.poll(() => ended, { message: 'nobody listens here' }).toBe(1);
  expect(lines.size).toBe(1);

  // A line that fails: what happens meanwhile is there once it works, without a reload.
  await context.route('**/api/v1/events', (route) => route.abort());
  await open(page, '/jobs');
  const rows = page.locator('tr[data-job]');
  const before = await rows.count();
  const width = 1000 + 50 * (Math.floor(Date.now() / 1000) % 20);
  const asked = await page.request.post('/api/v1/jobs', { data: { product_id: await productId(page.request, 'DESK-HA'), config_data: { width } }, headers: { origin: new URL(page.url()).origin } });
  expect(asked.status(), await asked.text()).toBeLessThan(300);
  const { id } = await asked.json();
  await expect(page.locator(`tr[data-job="${id}"]`)).toHaveCount(0);
  expect(await rows.count()).toBe(before);
  await context.unroute('**/api/v1/events');
  await expect(page.locator(`tr[data-job="${id}"]`)).toBeVisible({ timeout: 30_000 });
  await expect(page.locator(`tr[data-job="${id}"]`)).toContainText(/Completed|From cache/, { timeout: 60_000 });
  expect(errors.filter((e) => !e.includes('/api/v1/events'))).toEqual([]);
  await context.close();
});

test('pages read and forms submit without script', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('/auth/login');
  await page.getByLabel('E-mail').fill(admin.email);
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText(/password/i);
  await expect(page.getByLabel('E-mail')).toHaveValue(admin.email);
  await page.getByLabel('Password').fill(admin.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((u) => u.pathname === '/');
  await page.goto('/products?search=cabinet');
  await expect(page.getByRole('link', { name: /Shale/ }).first()).toBeVisible();
  await expect(page.getByRole('link', { name: /Tarn/ })).toHaveCount(0);
  const id = await productId(page.request, 'DESK-HA');
  await page.goto(`/configure/${id}?width=1800`);
  await expect(page.getByRole('heading', { name: /Tarn desk/ })).toBeVisible();
  await expect(page.getByTestId('price').first()).toContainText('$');
  await context.close();
});
