// From a configuration to what the workshop needs: lists, boards on sheets, tables for spreadsheets; also without script.
import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { drawn, open, pdfWords, productId, watchConsole } from './kit';

test('the cut list of a wall follows its choices and comes as a table', async ({ page, request }) => {
  const seen = watchConsole(page);
  const id = await productId(request, 'WALL-ST');
  await open(page, `/configure/${id}?columns=4&rows=3`);
  await drawn(page);
  await page.getByRole('link', { name: 'Cut list' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Strata storage wall' })).toBeVisible();
  await expect(page).toHaveURL(/\/workshop\/[^?]+\?columns=4&rows=3/);

  const answer = await (await request.post(`/api/v1/products/${id}/workshop`, { data: { config_data: { columns: 4, rows: 3 } } })).json();
  const boards = answer.bom.filter((l: any) => l.cut).reduce((n: number, l: any) => n + l.quantity, 0);
  const placed = answer.plans.flatMap((p: any) => p.sheets.flat()).length;
  expect(placed, 'every board lies on a sheet').toBe(boards);
  await expect(page.locator('.plan rect.board')).toHaveCount(boards);
  // No more sheets than at a third left over, and what is left over is told as it is.
  const { length, width, trim } = answer.stock;
  for (const { sheets, waste } of answer.plans) {
    const area = sheets.flat().reduce((sum: number, b: any) => sum + b.size[0] * b.size[1], 0);
    expect(sheets.length).toBeLessThanOrEqual(Math.ceil(area / ((length - 2 * trim) * (width - 2 * trim)) / 0.67));
    expect(waste).toBeCloseTo(1 - area / (sheets.length * length * width), 2);
  }

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Cut list, CSV' }).click()]);
  expect(download.suggestedFilename()).toBe('WALL-ST-cut-list.csv');
  const rows = readFileSync(await download.path(), 'utf8').replace(/^\uFEFF/, '').trim().split('\r\n');
  expect(rows[0]).toBe('article,part,material,length_mm,width_mm,thickness_mm,quantity,edges,grain');
  expect(rows.length - 1).toBe(answer.bom.filter((l: any) => l.cut).length);

  // The same as a workbook, and every board as a drawing.
  const [book] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'All lists, Excel' }).click()]);
  expect(book.suggestedFilename()).toMatch(/^WALL-ST.*\.xlsx$/);
  expect(readFileSync(await book.path()).subarray(0, 2).toString()).toBe('PK');
  const [boardsZip] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Boards, DXF' }).click()]);
  expect(boardsZip.suggestedFilename()).toMatch(/^WALL-ST.*-panels\.zip$/);
  const names = readFileSync(await boardsZip.path()).toString('latin1').match(/[\w.-]+\.dxf/g) ?? [];
  expect(new Set(names).size).toBeGreaterThan(3);

  // And on paper, taken apart, with every article.
  const [sheet] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Assembly sheet, PDF' }).click()]);
  expect(sheet.suggestedFilename()).toMatch(/^WALL-ST.*-assembly\.pdf$/);
  const words = pdfWords(readFileSync(await sheet.path()));
  for (const said of ['Strata storage wall', 'Views, 1 : ', ...answer.bom.map((l: any) => l.sku)]) expect(words).toContain(said);

  // Smaller sheets: more of them, and what is too large is named.
  await page.getByRole('spinbutton', { name: 'Sheet length' }).fill('1200');
  await page.getByRole('button', { name: 'Lay out again' }).click();
  await expect(page.getByText(/^Larger than a sheet: /).first()).toBeVisible();
  await page.getByRole('link', { name: 'Back to the product' }).click();
  await expect(page).toHaveURL(/\/configure\/[^?]+\?columns=4&rows=3$/);
  expect(seen).toEqual([]);
});

test('the lists read without script', async ({ browser, request }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`/workshop/${await productId(request, 'CAB-BASE')}?width=900`);
  await expect(page.getByRole('table').first()).toContainText('Side');
  expect(await page.locator('.plan rect.board').count()).toBeGreaterThan(5);
  await page.getByRole('spinbutton', { name: 'Saw cut' }).fill('3.2');
  await page.getByRole('button', { name: 'Lay out again' }).click();
  await expect(page.getByRole('spinbutton', { name: 'Saw cut' })).toHaveValue('3.2');
  await context.close();
});
