// A configuration in a room: made by a person at a desk, opened on phones that can, and a code where they can't.
import { devices, expect, test } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawn, expectAccessible, open, productId, signIn, watchConsole } from './kit';

/** What Pixar's own validators say of a USDZ; no line is good. */
const VALIDATE = `
import sys
from pxr import Usd, UsdGeom, UsdValidation
stage = Usd.Stage.Open(sys.argv[1])
for error in UsdValidation.ValidationContext(UsdValidation.ValidationRegistry().GetOrLoadAllValidators()).Validate(stage):
    print(error.GetName(), error.GetMessage())
size = UsdGeom.BBoxCache(Usd.TimeCode.Default(), ["default", "render"]).ComputeWorldBound(stage.GetPseudoRoot()).ComputeAlignedRange().GetSize()
print("size", *(round(v * UsdGeom.GetStageMetersPerUnit(stage) * 1000) for v in size))
`;

test('a desk goes from the screen into a room: a code at the desk, Quick Look on an iPhone, Scene Viewer on Android', async ({ page, browser, baseURL }) => {
  const seen = watchConsole(page);
  await signIn(page);
  const desk = await productId(page.request, 'DESK-HA');
  await open(page, `/configure/${desk}?width=1750&finish=lino`);
  await drawn(page);
  await page.getByRole('button', { name: 'In your room' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Tarn desk' })).toBeVisible({ timeout: 60_000 });
  const code = page.getByRole('img', { name: 'Code with the address of this page' });
  await expect(code, 'a desktop shows the code').toBeVisible();
  await expect.poll(() => code.evaluate((i: HTMLImageElement) => i.naturalWidth)).toBeGreaterThan(0);
  const token = (await code.getAttribute('src'))!.match(/\/files\/([0-9a-f]{32})\/qr\.svg/)![1];
  await expect(page.getByText(/1750 × 800 × \d+ mm/)).toBeVisible();
  await expect(page.getByRole('link', { name: 'See it in your room' })).toHaveCount(0);
  await expectAccessible(page, 'a room');
  expect(seen).toEqual([]);

  // Visitors with the phone in hand need no account.
  const iphone = await browser.newContext({ ...devices['iPhone 13'], defaultBrowserType: undefined, baseURL } as any);
  const phone = await iphone.newPage();
  // Chromium knows no Quick Look; a Safari that does says so like this.
  await phone.addInitScript(() => { DOMTokenList.prototype.supports = (what) => what === 'ar'; });
  await open(phone, `/ar/${token}`);
  const quick = phone.getByRole('link', { name: 'See it in your room' });
  await expect(quick).toHaveAttribute('rel', 'ar');
  const usdz = (await quick.getAttribute('href'))!;
  expect(usdz).toMatch(/^\/files\/[0-9a-f]{32}\/model\.usdz#allowsContentScaling=0$/);
  expect(await quick.evaluate((a) => a.firstElementChild?.tagName), 'Safari opens such a link only around a picture').toBe('IMG');
  const file = await phone.request.get(usdz.split('#')[0]);
  expect([file.status(), file.headers()['content-type']]).toEqual([200, 'model/vnd.usdz+zip']);
  const own = test.info().outputPath('model.usdz');
  writeFileSync(own, await file.body());
  const said = execFileSync(join(process.env.FITOUT_CACHE!, 'usd/bin/python'), ['-c', VALIDATE, own], { encoding: 'utf8' });
  expect(said.trim(), 'valid, upright, and of real size').toMatch(/^size 1750 \d+ 800$/);
  await iphone.close();

  const pixel = await browser.newContext({ ...devices['Pixel 7'], defaultBrowserType: undefined, baseURL } as any);
  const android = await pixel.newPage();
  await open(android, `/ar/${token}`);
  const scene = await android.getByRole('link', { name: 'See it in your room' }).getAttribute('href');
  expect(scene).toContain('intent://arvr.google.com/scene-viewer/1.2?file=' + encodeURIComponent(`${baseURL}/files/${token}/model.glb`));
  expect(scene).toContain('mode=ar_preferred&resizable=false');
  await pixel.close();

  const unknown = await page.request.get(`/files/${'0'.repeat(32)}/qr.svg`);
  expect(unknown.status()).toBe(404);
});
