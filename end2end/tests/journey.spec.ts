// The journey of the product, as a stranger would take it: sign up, configure, see why not, repair, exact model, save, share, cancel, jobs.
import { expect, test } from '@playwright/test';
import { blender, drawn, freshEmail, hydrated, open, view, watchConsole } from './kit';

test('a stranger configures a desk, gets the exact model, shares it and cancels another', async ({ page, browser }) => {
  test.setTimeout(300_000);
  // A model that was finished in the moment it was given up is refused as such.
  const errors = watchConsole(page, ['/_fn/cancel-job']);

  await test.step('sign up', async () => {
    await open(page, '/');
    await page.getByRole('link', { name: 'Start free' }).first().click();
    await page.waitForURL('**/auth/signup*');
    await hydrated(page);
    await page.getByLabel('Your name').fill('Sam Stranger');
    await page.getByLabel('Organization').fill('Stranger & Co');
    await page.getByLabel('E-mail').fill(freshEmail());
    await page.getByLabel('Password').fill('a long enough password');
    await page.getByRole('button', { name: 'Make the account' }).click();
    await page.waitForURL((u) => u.pathname === '/');
  });

  await test.step('products → desk', async () => {
    await open(page, '/products');
    await expect(page.getByRole('heading', { level: 1, name: 'Products' })).toBeVisible();
    await page.getByRole('link', { name: /Tarn desk/ }).first().click();
    await page.waitForURL('**/configure/**');
    await expect(page.getByRole('heading', { name: /Tarn desk/ })).toBeVisible();
    await hydrated(page);
    await drawn(page);
  });

  const total = page.getByTestId('price').first();
  const width = page.getByRole('slider', { name: 'Width' });

  await test.step('width and finish change price and model', async () => {
    const before = await total.innerText();
    const frames = (await view(page)).frames;
    await width.focus();
    await page.keyboard.press('ArrowRight');
    await expect(total).not.toHaveText(before);
    await expect.poll(async () => (await view(page)).frames).toBeGreaterThan(frames);
    await expect(page).toHaveURL(/width=1650/);
    const oak = await total.innerText();
    await page.getByRole('radio', { name: /^Walnut/ }).click();
    await expect(total).not.toHaveText(oak);
    await expect(page).toHaveURL(/finish=walnut/);
  });

  await test.step('a blocked width says why and offers repairs', async () => {
    await page.getByRole('radio', { name: /^Standard/ }).click();
    const field = page.getByRole('textbox', { name: /^Width/ });
    await field.fill('2200');
    await field.press('Enter');
    const why = page.getByRole('region', { name: 'Why not' });
    await expect(why).toContainText('heavy frame');
    await expect(why).toContainText('Because of');
    const before = await total.innerText();
    await why.getByRole('button').filter({ hasText: /\$/ }).first().click();
    await expect(why).toBeHidden();
    await expect(total).not.toHaveText(before);
    await page.keyboard.press('Control+z');
    await expect(page).toHaveURL(/width=1650/);
    await page.keyboard.press('Control+Shift+z');
  });

  await test.step('the exact model arrives by itself, without a jump', async () => {
    const instant = await view(page);
    const before = await page.locator('canvas').screenshot();
    await expect.poll(async () => (await view(page)).mode, { timeout: 120_000 }).toBe('exact');
    const exact = await view(page);
    exact.bounds.forEach((v, i) => expect(Math.abs(v - instant.bounds[i])).toBeLessThanOrEqual(1));
    const after = await page.locator('canvas').screenshot();
    expect(Buffer.compare(before, after)).not.toBe(0);
  });

  const link = await test.step('save and share', async () => {
    await page.getByRole('button', { name: /^Save/ }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Corner office');
    await dialog.getByRole('button', { name: /^Save/ }).click();
    await expect(page.getByText(/^Saved/).first()).toBeVisible();
    await page.getByRole('button', { name: /^Share/ }).first().click();
    const address = page.getByTestId('share-link');
    await expect(address).toHaveValue(/\/c\/[0-9a-f]{32}/);
    const url = await address.inputValue();
    await page.keyboard.press('Escape');
    return url;
  });

  await test.step('a second browser opens the link without signing in', async () => {
    const other = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const visitor = await other.newPage();
    await visitor.goto(link);
    await expect(visitor.getByRole('heading', { level: 1 })).toContainText('Corner office');
    await expect(visitor.getByText('Stranger & Co').first()).toBeVisible();
    await drawn(visitor);
    await other.close();
  });

  await test.step('a second job is cancelled and stands in the list', async () => {
    blender('STOP');
    await width.focus();
    await page.keyboard.press('ArrowLeft');
    // The page asks by itself after a rest; its card offers to cancel.
    const card = page.getByRole('group', { name: 'Exact model' });
    await card.getByRole('button', { name: 'Cancel' }).click({ timeout: 60_000 });
    await expect(card).toHaveAttribute('data-state', 'cancelled');
    blender('CONT');
    await open(page, '/jobs');
    await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible();
    await expect(page.getByText('Completed').first()).toBeVisible();
    await expect(page.getByText('Cancelled').first()).toBeVisible();
  });

  expect(errors, errors.join('\n')).toEqual([]);
});

test('the same by keyboard alone', async ({ page, browser }) => {
  test.setTimeout(240_000);
  /** Tabs until the focused element's accessible text fits. */
  const tabTo = async (pattern: RegExp, most = 80) => {
    for (let i = 0; i < most; i++) {
      await page.keyboard.press('Tab');
      const name = await page.evaluate(() => {
        const e = document.activeElement as HTMLElement | null;
        if (!e || e === document.body) return '';
        const labelled = (e as HTMLInputElement).labels?.[0]?.innerText;
        return `${e.getAttribute('aria-label') ?? ''} ${labelled ?? ''} ${e.innerText ?? ''}`.replace(/\s+/g, ' ').trim();
      });
      if (pattern.test(name)) return;
    }
    throw new Error(`no stop of the keyboard fits ${pattern}`);
  };
  await open(page, '/');
  await tabTo(/^Start free/, 12);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/auth/signup*');
  await hydrated(page);
  await tabTo(/Your name/, 12);
  await page.keyboard.type('Kay Board');
  await tabTo(/Organization/, 3);
  await page.keyboard.type('Keys only');
  await tabTo(/E-mail/, 3);
  await page.keyboard.type(freshEmail());
  await tabTo(/Password/, 3);
  await page.keyboard.type('a long enough password');
  await page.keyboard.press('Enter');
  await page.waitForURL((u) => u.pathname === '/');
  await hydrated(page);
  await tabTo(/^Products/, 12);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/products');
  await expect(page.getByRole('heading', { level: 1, name: 'Products' })).toBeVisible();
  await tabTo(/Tarn desk/);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/configure/**');
  await hydrated(page);
  await drawn(page);
  const total = page.getByTestId('price').first();
  const before = await total.innerText();
  // Chosen by the person, the frame stays; a mere default would make way for the width.
  await tabTo(/^Standard/, 200);
  await page.keyboard.press('Space');
  await expect(page).toHaveURL(/frame=/);
  await tabTo(/^Width/, 200);
  await page.keyboard.press('End');
  const why = page.getByRole('region', { name: 'Why not' });
  await expect(why).toBeVisible();
  await tabTo(/^Use .*heavy/i, 16);
  await page.keyboard.press('Enter');
  await expect(why).toBeHidden();
  await expect(total).not.toHaveText(before);
  await expect.poll(async () => (await view(page)).mode, { timeout: 120_000 }).toBe('exact');

  await tabTo(/^Save$/, 200);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog').getByLabel('Name')).toBeFocused();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('By keys');
  await page.keyboard.press('Enter');
  await expect(page.getByText(/^Saved/).first()).toBeVisible();
  await tabTo(/^Share/, 200);
  await page.keyboard.press('Enter');
  const address = page.getByTestId('share-link');
  await expect(address).toHaveValue(/\/c\/[0-9a-f]{32}/);
  const link = await address.inputValue();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  const other = await browser.newContext();
  const visitor = await other.newPage();
  await visitor.goto(link);
  await expect(visitor.getByRole('heading', { level: 1 })).toContainText('By keys');
  await other.close();

  blender('STOP');
  try {
    await tabTo(/^Width/, 200);
    await page.keyboard.press('ArrowLeft');
    await expect(page.getByRole('group', { name: 'Exact model' }).getByRole('button', { name: 'Cancel' })).toBeVisible({ timeout: 60_000 });
    await tabTo(/^Cancel$/, 200);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('group', { name: 'Exact model' })).toHaveAttribute('data-state', 'cancelled');
  } finally {
    blender('CONT');
  }
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.type('jobs');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/jobs');
  await expect(page.getByText('Cancelled').first()).toBeVisible();
});

test('a session keeps its steps: Back undoes a choice', async ({ page, request }) => {
  const { productId } = await import('./kit');
  const id = await productId(request, 'DESK-HA');
  await open(page, `/configure/${id}`);
  await drawn(page);
  await page.getByRole('radio', { name: /^Walnut/ }).click();
  await expect(page).toHaveURL(/finish=walnut/);
  await page.getByRole('radio', { name: /^Ash/ }).click();
  await expect(page).toHaveURL(/finish=ash/);
  await page.goBack();
  await expect(page).toHaveURL(/finish=walnut/);
  await expect(page.getByRole('radio', { name: /^Walnut/ })).toHaveAttribute('aria-checked', 'true');
});
