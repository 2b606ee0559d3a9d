// A wall of nested products: openings are picked and filled by mouse and by keyboard, the link carries them, and reasons stay inside the opening.
import { expect, test } from '@playwright/test';
import { drawn, expectAccessible, hydrated, open, productId, view, watchConsole } from './kit';

const total = async (page: import('@playwright/test').Page) => Number((await page.locator('.pbar .total .v').first().innerText()).replace(/[^0-9.]/g, ''));

test('a wall is filled opening by opening', async ({ page, request }) => {
  const seen = watchConsole(page);
  await open(page, `/configure/${await productId(request, 'WALL-ST')}`);
  await drawn(page);
  const openings = page.getByRole('listbox', { name: /Openings/ });
  const cell = (column: number, row: number) => openings.getByRole('option', { name: new RegExp(`^Column ${column}, row ${row}:`) });
  await expect(openings.getByRole('option')).toHaveCount(30);
  await expect(cell(1, 1)).toHaveAccessibleName('Column 1, row 1: Door, Moss');

  // One opening gets a front; price and picture follow.
  const before = await total(page);
  await cell(2, 2).click();
  await expect(cell(2, 2)).toHaveAttribute('aria-selected', 'true');
  const front = page.getByRole('radiogroup', { name: 'Front', exact: true });
  await front.getByRole('radio', { name: /^Door/ }).click();
  await expect(cell(2, 2)).toHaveAccessibleName('Column 2, row 2: Door, Moss');
  await expect.poll(() => total(page)).toBeGreaterThan(before);
  await page.getByRole('radiogroup', { name: 'Front finish' }).getByRole('radio', { name: /Walnut/ }).click();
  await expect(cell(2, 2)).toHaveAccessibleName('Column 2, row 2: Door, Walnut');

  // Several at once, by keyboard; where a drawer can't be, the others get theirs.
  await page.getByRole('radiogroup', { name: 'Depth' }).getByRole('radio', { name: /400/ }).click();
  await cell(3, 2).click();
  for (const key of ['Shift+ArrowUp', 'Shift+ArrowUp']) await page.keyboard.press(key);
  await expect(page.locator('.modules > header')).toContainText('3 of 30 picked');
  await front.getByRole('radio', { name: /^Drawers/ }).click();
  await expect(page.locator('.toast').last()).toContainText('Done for 2 of 3. Drawers go into the three lowest rows');
  await expect(cell(3, 3)).toHaveAccessibleName(/Drawers/);
  await expect(cell(3, 4)).not.toHaveAccessibleName(/Drawers/);

  // Alone, the reason is told.
  await cell(3, 4).click();
  await front.getByRole('radio', { name: /^Drawers/ }).click();
  await expect(page.locator('.why')).toContainText('Drawers go into the three lowest rows');
  await page.locator('.why').getByRole('button', { name: /^Keep/ }).click();

  // A wider wall keeps everything in its place; the link says it all.
  await page.getByRole('button', { name: 'More, Columns' }).click();
  await expect(openings.getByRole('option')).toHaveCount(35);
  await expect(cell(2, 2)).toHaveAccessibleName('Column 2, row 2: Door, Walnut');
  await expect.poll(async () => Math.round((await view(page)).bounds[0])).toBe(7 * 419 + 19);
  const sum = await total(page);
  await page.goto(page.url());
  await hydrated(page);
  await drawn(page);
  await expect(cell(2, 2)).toHaveAccessibleName('Column 2, row 2: Door, Walnut');
  expect(await total(page)).toBe(sum);
  await page.goBack();
  expect(seen).toEqual([]);
});

test('sixty openings answer by keyboard, and the page stays accessible', async ({ page, request }) => {
  await open(page, `/configure/${await productId(request, 'WALL-ST')}?columns=12&rows=5`);
  await drawn(page);
  const openings = page.getByRole('listbox', { name: /Openings/ });
  await expect(openings.getByRole('option')).toHaveCount(60);
  await openings.getByRole('option').first().focus();
  await page.keyboard.press('Control+a');
  await expect(page.locator('.modules > header')).toContainText('60 of 60 picked');
  await page.getByRole('radiogroup', { name: 'Front', exact: true }).getByRole('radio', { name: /^Door/ }).click();
  await expect(openings.getByRole('option', { name: /Door/ })).toHaveCount(60);
  await expectAccessible(page, 'sixty openings');
});
