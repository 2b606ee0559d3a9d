// Every page: reads without script, is accessible in both themes, has no sideways scroll, and leaves a screenshot at two widths.
import { expect, test, type Browser, type Page } from '@playwright/test';
import { admin, drawn, expectAccessible, hydrated, productId, signIn, watchConsole } from './kit';

const open = [
  { name: 'landing', path: '/' },
  { name: 'login', path: '/auth/login' },
  { name: 'signup', path: '/auth/signup' },
  { name: 'forgot', path: '/auth/forgot' },
  { name: 'missing', path: '/no/such/page' },
];
const closed = [
  { name: 'dashboard', path: '/' },
  { name: 'products', path: '/products' },
  { name: 'configurator', path: '/configure/DESK-HA' },
  { name: 'configurator-cabinet', path: '/configure/CAB-BASE' },
  { name: 'jobs', path: '/jobs' },
  { name: 'admin-users', path: '/admin/users' },
  { name: 'admin-audit', path: '/admin/audit' },
  { name: 'admin-outbox', path: '/admin/outbox' },
];

async function look(page: Page, name: string, path: string, theme: 'light' | 'dark') {
  for (const [width, height] of [[1440, 900], [390, 844]] as const) {
    await page.setViewportSize({ width, height });
    await page.goto(path);
    await hydrated(page);
    if (path.startsWith('/configure/')) await drawn(page);
    await page.evaluate(() => document.fonts.ready);
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(sideways, `${name} at ${width} scrolls sideways by ${sideways} px`).toBeLessThanOrEqual(0);
    await page.screenshot({ path: `artefacts/${name}-${width === 390 ? 'phone-' : ''}${theme}.png` });
    await expectAccessible(page, `${name}, ${theme}, ${width} px`);
  }
}

async function withTheme(browser: Browser, theme: 'light' | 'dark') {
  const context = await browser.newContext({ colorScheme: theme, reducedMotion: 'reduce' });
  return { context, page: await context.newPage() };
}

for (const theme of ['light', 'dark'] as const) {
  test(`visitors' pages, ${theme}`, async ({ browser }) => {
    test.setTimeout(240_000);
    const { context, page } = await withTheme(browser, theme);
    for (const { name, path } of open) await test.step(name, () => look(page, name, path, theme));
    await context.close();
  });

  test(`signed-in pages, ${theme}`, async ({ browser }) => {
    test.setTimeout(420_000);
    const { context, page } = await withTheme(browser, theme);
    const errors = watchConsole(page);
    await signIn(page, admin);
    for (const { name, path } of closed) {
      const sku = path.startsWith('/configure/') ? path.slice('/configure/'.length) : null;
      const where = sku ? `/configure/${await productId(page.request, sku)}` : path;
      await test.step(name, () => look(page, name, where, theme));
    }
    expect(errors, errors.join('\n')).toEqual([]);
    await context.close();
  });
}

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
