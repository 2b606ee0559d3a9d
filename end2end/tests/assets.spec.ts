// Assets: a designer uploads models of strangers, sees what they are, says what they mean; bad files are named.
import { expect, test } from '@playwright/test';
import { stool, zip } from './assets';
import { demo, expectAccessible, hydrated, open, signIn, watchConsole } from './kit';

const badge = (page: any, name: string) => page.getByRole('link', { name: new RegExp(name) });

test('a designer uploads several files at once, mends a unit, and sees the model in a room', async ({ page }) => {
  const seen = watchConsole(page, ['/api/v1/assets']);
  await signIn(page, demo);
  await open(page, '/jobs');
  await page.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: 'Assets' }).click();
  await hydrated(page);
  const mark = Date.now();
  const stem = `Bar stool ${mark}`;
  const obj = `mtllib a.mtl\no Top\nv 0 0 0\nv 1.6 0 0\nv 1.6 0 0.8\nv 0 0 0.8\nv 0 0.7 0\nusemtl oak\nf 1 4 3 2\nf 1 5 4\n# ${mark}\n`;
  await page.getByLabel(/Drop models/).setInputFiles([
    { name: `${stem}.stl`, mimeType: 'model/stl', buffer: Buffer.concat([stool(65 + (mark % 1000) / 1e6), Buffer.from(`# ${mark}`)]) },
    { name: `Shelf ${mark}.zip`, mimeType: 'application/zip', buffer: zip({ 'a/shelf.obj': Buffer.from(obj), 'a/a.mtl': Buffer.from('newmtl oak\nKd 0.6 0.4 0.2\n') }) },
    { name: 'Invoice.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7 nothing to see') },
    { name: `Broken ${mark}.glb`, mimeType: 'model/gltf-binary', buffer: Buffer.from(`glTF\x02\0\0\0\xff\0\0\0${mark}`, 'latin1') },
  ]);
  await page.getByRole('button', { name: 'Upload' }).click();
  const going = page.getByRole('form', { name: 'Upload' }).getByRole('listitem');
  await expect(going.filter({ hasText: 'Invoice' })).toContainText('neither a model');
  await expect(going.filter({ hasText: stem })).toContainText('Taken');

  // The cards follow the jobs by themselves.
  await expect(badge(page, stem)).toContainText('Check size', { timeout: 60_000 });
  await expect(badge(page, `Shelf ${mark}`)).toContainText(/1600 × \d+ × \d+ mm/, { timeout: 60_000 });
  await expect(badge(page, `Broken ${mark}`)).toContainText('Refused', { timeout: 60_000 });
  await expect(badge(page, `Broken ${mark}`)).toContainText('not as long as it says');
  await expectAccessible(page, 'the list of assets');

  // 65 high and 36 wide is no stool in millimetres or metres: a person says what it is.
  await badge(page, stem).click();
  await hydrated(page);
  await expect(page.getByText('Outer size')).toBeVisible();
  await page.getByLabel('Unit of the file').selectOption('cm');
  await page.getByRole('button', { name: 'This is right' }).click();
  await expect(page.locator('.tblock')).toContainText(/3600 × 3600 × 650 mm/, { timeout: 60_000 });
  await expect(page.getByText('Ready', { exact: true })).toBeVisible();
  for (const words of ['Model, GLB', 'Coarser, GLB', 'Coarsest, GLB', 'Drawing, SVG', 'Symbol, SVG']) {
    const file = page.getByRole('link', { name: words });
    expect((await page.request.get((await file.getAttribute('href'))!)).status(), words).toBe(200);
  }
  await expectAccessible(page, 'an asset');
  await page.getByRole('link', { name: 'See it in a room' }).click();
  await page.waitForURL('**/ar/*');
  await expect(page.getByRole('heading', { level: 1 })).toContainText(stem);
  await page.goBack();
  await page.waitForURL('**/admin/assets/*');
  await hydrated(page);

  // Gone for good.
  await page.getByRole('button', { name: 'Remove' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.waitForURL('**/admin/assets');
  await hydrated(page);
  await expect(badge(page, stem)).toHaveCount(0);
  expect(seen).toEqual([]);
});

test('a plain form uploads without script', async ({ browser }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await signIn(page, demo);
  const state = await context.storageState();
  await context.close();
  const plain = await browser.newContext({ javaScriptEnabled: false, storageState: state });
  const form = await plain.newPage();
  await form.goto('/admin/assets');
  const name = `Plain ${Date.now()}`;
  await form.getByLabel(/Drop models/).setInputFiles({ name: `${name}.stl`, mimeType: 'model/stl', buffer: Buffer.concat([stool(), Buffer.from(`# ${name}`)]) });
  await form.getByRole('button', { name: 'Upload' }).click();
  await form.waitForURL(/\/admin\/assets\/[0-9a-f-]{36}$/);
  await expect(form.getByRole('heading', { level: 1 })).toHaveText(name);
  await form.goto('/admin/assets');
  await form.getByLabel(/Drop models/).setInputFiles({ name: 'a.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7') });
  await form.getByRole('button', { name: 'Upload' }).click();
  await expect(form.getByRole('alert')).toContainText('neither a model');
  await plain.close();
});
