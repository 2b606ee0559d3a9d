// Price lists: a catalogue admin makes one, a rep sells by it, a visitor sees what more pieces cost and other money.
import { expect, test } from '@playwright/test';
import { admin, drawn, expectAccessible, hydrated, open, productId, signIn, watchConsole } from './kit';

const minor = (text: string | null) => Number((text ?? '').replace(/[^\d.]/g, '').replace('.', ''));

test('an administrator makes a price list, sees what it does, and a rep sells twelve desks by it', async ({ page }) => {
  const seen = watchConsole(page, ['/_fn/try-price-list', '/_fn/save-price-list']);
  await signIn(page, admin);
  await open(page, '/admin/prices');
  await expect(page.getByRole('row', { name: /Northlight contract/ })).toContainText('In force');
  await page.getByRole('link', { name: 'New price list' }).click();
  await hydrated(page);
  await expect(page.getByTestId('trial')).toContainText('the same');

  // What is wrong is said where it is, before anything is kept.
  const customer = `Harbour ${Date.now()}`;
  await page.getByLabel('Name', { exact: true }).fill('Harbour terms');
  await page.getByLabel('Customer, or empty for everyone').fill(customer);
  await page.getByRole('button', { name: 'Add a change' }).click();
  const change = page.getByRole('list', { name: 'Changes' }).getByRole('listitem');
  await change.getByLabel('Change').fill('twelve');
  await expect(change).toContainText('A change is a percentage or an amount.');
  await change.getByLabel('Change').fill('−12,5 %');
  await page.getByRole('button', { name: 'Add a break' }).click();
  const pieces = page.getByRole('list', { name: 'Volume breaks' }).getByRole('listitem');
  await pieces.getByLabel('Product').selectOption('DESK-HA');
  await pieces.getByLabel('From pieces').fill('12');
  await pieces.getByLabel('Percent off').fill('10');
  const desk = page.getByTestId('trial').getByRole('row', { name: /DESK-HA(?!-)/ });
  await expect(desk).toContainText('12+ $');
  const [own, listed] = [minor(await desk.getByRole('cell').nth(1).textContent()), minor(await desk.locator('.strong').textContent())];
  expect(Math.abs(listed - own * 0.875)).toBeLessThan(10);
  await expectAccessible(page, 'a price list');
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.waitForURL(/\/admin\/prices\/[0-9a-f-]{36}$/);
  await hydrated(page);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Harbour terms');

  // The rep: for this customer, twelve of them.
  const cards = (await (await page.request.get('/api/v1/products?limit=100')).json()).items;
  const id = cards.find((c: any) => c.sku === 'DESK-HA').id;
  await open(page, `/configure/${id}?width=1800`);
  await drawn(page);
  const price = page.locator('.pbar').getByTestId('price');
  const plain = minor(await price.textContent());
  const total = page.locator('.pbar details.total');
  await total.locator('summary').click();
  await total.getByLabel('Prices for').selectOption(customer);
  await page.waitForURL(/price\.customer=Harbour/);
  await hydrated(page);
  await drawn(page);
  await expect.poll(async () => minor(await price.textContent())).toBeLessThan(plain);
  const one = minor(await price.textContent());
  await total.locator('summary').click();
  await expect(total).toContainText('Harbour terms');
  await expect(total.getByRole('list', { name: /Price of one piece/ })).toContainText('12 or more');
  await total.getByTestId('pieces').fill('12');
  await total.getByTestId('pieces').press('Enter');
  await expect(total.locator('summary .k')).toContainText('12 × $');
  const each = minor(((await total.locator('summary .k').textContent()) ?? '').split('×')[1]!);
  expect(Math.abs(each - one * 0.9)).toBeLessThan(2);
  expect(minor((await price.textContent())!.split('$')[1]!)).toBe(each * 12);
  await expect(page).toHaveURL(/price\.quantity=12/);
  // What an answer would change is said at the price of twelve.
  await expectAccessible(page, 'the price of twelve');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Save', exact: true }).filter({ visible: true }).click();
  await page.getByRole('dialog').getByLabel('Name').fill(customer);
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText(`Saved as ${customer}`)).toBeVisible();
  await open(page, `/saved?search=${encodeURIComponent(customer)}`);
  await expect(page.getByRole('row', { name: new RegExp(customer) })).toContainText('12 × $');
  await page.getByRole('link', { name: customer }).first().click();
  await expect(page.getByText(`12 × $`).first()).toBeVisible();
  expect(seen).toEqual([]);
});

test('a visitor asks for euros in the address, and pieces without script', async ({ page, request, browser }) => {
  // The demo workspace has the list; its shop shows it to visitors.
  const desk = await productId(request, 'DESK-HA');
  const { access_token } = await (await request.post('/api/v1/auth/login', { data: admin })).json();
  const headers = { authorization: `Bearer ${access_token}` };
  const embed = (await (await request.get('/api/v1/embeds', { headers })).json()).items.find((e: any) => e.name === 'Demo shop');
  await page.goto(`/embed/${embed.public_id}?embed.product=DESK-HA&embed.currency=EUR`);
  await expect(page.locator('.pbar').getByTestId('price')).toContainText('€');

  const plain = await browser.newContext({ javaScriptEnabled: false });
  const still = await plain.newPage();
  await still.goto(`/configure/${desk}`);
  await still.getByLabel('Pieces').filter({ visible: true }).first().fill('3');
  await still.getByRole('button', { name: 'Show price and model' }).click();
  await expect(still).toHaveURL(/price\.quantity=3/);
  await expect(still.locator('.pbar details.total summary .k')).toContainText('3 × $');
  await plain.close();
});
