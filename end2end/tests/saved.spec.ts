// What was saved: found again, put in folders, compared, moved to a new edition, shared and ended; by mouse, and without script.
import { expect, test, type APIRequestContext, type Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { drawn, freshEmail, hydrated, open, pdfWords, productId, watchConsole } from './kit';

/** A new workspace of one person, signed in on this page; answers how a program of theirs signs its requests. */
async function workspace(page: Page) {
  const person = { email: freshEmail(), password: 'linen and walnut 7', name: 'Ada Byron', organization: 'Harbour Works' };
  const { access_token } = await (await page.request.post('/api/v1/auth/register', { data: person })).json();
  await page.goto('/auth/login');
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/');
  return { authorization: `Bearer ${access_token}` };
}

async function save(request: APIRequestContext, headers: Record<string, string>, product: string, name: string, config_data: object) {
  const answer = await request.post('/api/v1/configurations', { headers, data: { product_id: product, name, config_data } });
  expect(answer.status()).toBe(201);
  return await answer.json();
}

test('a saved wall opens as it was, changes under its name, and is compared with another one', async ({ page }) => {
  const seen = watchConsole(page);
  const who = await workspace(page);
  const wall = await productId(page.request, 'WALL-ST');
  const first = await save(page.request, who, wall, 'Foyer', { columns: 4, rows: 3 });
  await save(page.request, who, wall, 'Foyer, cheaper', { columns: 3, rows: 3 });

  await open(page, '/saved');
  await expect(page.getByRole('row', { name: /Foyer/ })).toHaveCount(2);
  await page.getByRole('link', { name: 'Open Foyer', exact: true }).click();
  await drawn(page);
  await expect(page.getByText(/^Saved \d\d:\d\d/).first(), 'the server has exactly this').toBeVisible();
  const elements = (await page.evaluate(() => location.search)).match(/modules=([^&]+)/)?.[1];
  expect(elements, 'the openings are in the link').toMatch(/WALL-ST-M1/);
  // A change is kept under the same name.
  await page.getByRole('option', { name: 'Column 1, row 1' }).first().click();
  await page.getByRole('radio', { name: /^Shelf/ }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText(/^Saved \d\d:\d\d/).first()).toBeVisible();
  const after = await (await page.request.get(`/api/v1/configurations/${first.id}`)).json();
  expect(after.revision).toBe(first.revision + 1);
  expect(JSON.stringify(after.config_data)).toContain('shelf');

  await open(page, '/saved');
  await page.getByRole('button', { name: 'Compare' }).click({ force: true });
  await expect(page, 'two are needed').toHaveURL(/\/saved$/);
  await page.getByRole('checkbox', { name: 'Compare Foyer', exact: true }).check();
  await page.getByRole('checkbox', { name: 'Compare Foyer, cheaper' }).check();
  await page.getByRole('button', { name: 'Compare' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Compare' })).toBeVisible();
  await expect(page.getByRole('row', { name: /Columns/ })).toContainText(/4.*3|3.*4/);
  await expect(page.getByRole('row', { name: /^Price, excl\. tax/ })).toContainText(/[+−]\$/);
  expect(seen).toEqual([]);
});

test('a configuration is named, put in a folder, shared, ended, copied and removed', async ({ page, browser }) => {
  const seen = watchConsole(page);
  const who = await workspace(page);
  const desk = await productId(page.request, 'DESK-HA');
  const saved = await save(page.request, who, desk, 'Desk', { width: 1800 });
  await open(page, `/saved/${saved.id}`);
  await expect(page.getByText('Nothing changed')).toBeVisible();
  await page.getByLabel('Name', { exact: true }).fill('Reception desk');
  await page.getByLabel('Folder').fill('Ground floor');
  await page.getByRole('button', { name: 'Keep these' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Reception desk' })).toBeVisible();
  await page.getByRole('button', { name: 'Make a link' }).click();
  const link = await page.getByRole('link', { name: 'Open the link' }).getAttribute('href');
  const visitor = await (await browser.newContext()).newPage();
  expect((await visitor.goto(link!))?.status()).toBe(200);
  await expect(visitor.locator('meta[property="og:title"]'), 'what chats show').toHaveAttribute('content', 'Reception desk');
  // On paper: for the workspace, and for whoever has the link.
  const [paper] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Specification, PDF' }).click()]);
  expect(paper.suggestedFilename()).toMatch(/^DESK-HA-1800.*\.pdf$/);
  const price = (await page.getByText(/^\$[\d,.]+$/).first().textContent())!;
  for (const words of ['Reception desk', 'Width 1800 mm', price]) expect(pdfWords(readFileSync(await paper.path()))).toContain(words);
  const behind = await visitor.request.get(`/api/v1/shared/${link!.split('/').pop()}/specification.pdf`);
  expect(pdfWords(await behind.body())).toContain('Reception desk');
  await expect(visitor.getByRole('link', { name: 'Specification as PDF' })).toHaveAttribute('href', /\/specification\.pdf$/);
  await page.getByRole('button', { name: 'End the link' }).click();
  await expect(page.getByRole('button', { name: 'Make a link' })).toBeVisible();
  expect((await visitor.goto(link!))?.status()).toBe(404);
  await visitor.context().close();

  await page.getByRole('button', { name: 'Duplicate' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Reception desk, copy' })).toBeVisible();
  await hydrated(page);
  await page.getByText('Remove…').click();
  await page.getByRole('button', { name: 'Remove for good' }).click();
  await page.waitForURL('**/saved');
  await expect(page.getByRole('navigation', { name: 'Folder' })).toContainText('Ground floor1');
  await expect(page.getByRole('row', { name: /Reception desk/ })).toHaveCount(1);
  expect(seen).toEqual([]);
});

test('the list, the page and the forms work without script', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const who = await workspace(page);
  const saved = await save(page.request, who, await productId(page.request, 'DESK-HA'), 'Desk', { width: 1800 });
  await page.goto('/saved');
  await page.getByRole('link', { name: 'Desk', exact: true }).click();
  await page.getByLabel('Folder').fill('Attic');
  await page.getByRole('button', { name: 'Keep these' }).click();
  await expect(page).toHaveURL(new RegExp(`/saved/${saved.id}`));
  await expect(page.getByLabel('Folder')).toHaveValue('Attic');
  await page.getByText('Remove…').click();
  await page.getByRole('button', { name: 'Remove for good' }).click();
  await expect(page.getByText('Nothing saved yet')).toBeVisible();
  await context.close();
});
