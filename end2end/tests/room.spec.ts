// A configuration in a room: made by a person at a desk, opened on phones that can, and a code where they can't.
import { type Page, devices, expect, test } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
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

/** Signs in, configures a desk and goes with it to the page for its room. */
async function intoRoom(page: Page) {
  await signIn(page);
  const desk = await productId(page.request, 'DESK-HA');
  await open(page, `/configure/${desk}?width=1750&finish=lino`);
  await drawn(page);
  await page.getByRole('button', { name: 'In your room' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Tarn desk' })).toBeVisible({ timeout: 60_000 });
}

test('a desk goes from the screen into a room: a code at the desk, Quick Look on an iPhone, Scene Viewer on Android', async ({ page, browser, baseURL }) => {
  const seen = watchConsole(page);
  await intoRoom(page);
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

test('where a browser knows WebXR the model stands in the room: on the floor that is looked at, at its real size, and turns', async ({ page }) => {
  // A headset as Meta's emulator makes it; what is drawn for it is measured after every frame.
  await page.addInitScript({ content: readFileSync(join(__dirname, '../node_modules/iwer/build/iwer.min.js'), 'utf8') });
  await page.addInitScript(() => {
    const w = window as any, { IWER } = w;
    w.headset = new IWER.XRDevice(IWER.metaQuest3, { fovy: Math.PI / 2 });
    w.headset.installRuntime({ forceInstall: true });
    w.headset.position.set(0, 1.6, 0);
    const context = HTMLCanvasElement.prototype.getContext as any;
    HTMLCanvasElement.prototype.getContext = function (kind: string, ...more: any[]) { const made = context.call(this, kind, ...more); if (kind === 'webgl2') w.gl = made; return made; } as any;
    const next = w.XRSession.prototype.requestAnimationFrame;
    w.XRSession.prototype.requestAnimationFrame = function (then: (t: number, f: unknown) => void) {
      w.session = this;
      return next.call(this, (time: number, frame: unknown) => {
        then(time, frame);
        const gl = w.gl as WebGL2RenderingContext, width = gl.drawingBufferWidth, height = gl.drawingBufferHeight, pixels = new Uint8Array(width * height * 4);
        gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
        const seen = { left: width, right: 0, bottom: height, top: 0, height };
        for (let i = 0; i < width * height; i++) {
          if (pixels[i * 4 + 3] < 250) continue;
          const x = i % width, y = Math.floor(i / width);
          if (x < seen.left) seen.left = x;
          if (x > seen.right) seen.right = x;
          if (y < seen.bottom) seen.bottom = y;
          if (y > seen.top) seen.top = y;
        }
        w.seen = seen;
        w.passed = (w.passed ?? 0) + 1;
      });
    };
    // Looks down by some radians.
    w.look = async (down: number) => { w.headset.quaternion.set(-Math.sin(down / 2), 0, 0, Math.cos(down / 2)); await w.some(3); };
    w.some = async (frames: number) => { for (const until = (w.passed ?? 0) + frames; (w.passed ?? 0) < until;) await new Promise((rest) => setTimeout(rest, 20)); };
    w.pull = async () => { const hand = w.headset.controllers.right; for (const v of [1, 0]) { hand.updateButtonValue('trigger', v); await w.some(3); } };
  });
  const seen = watchConsole(page);
  await intoRoom(page);
  const enter = page.getByRole('button', { name: 'See it in your room' });
  await expect(enter, 'no code where it is not needed').toBeVisible();
  await expect(page.getByRole('img', { name: 'Code with the address of this page' })).toHaveCount(0);
  await expectAccessible(page, 'a room by WebXR');
  await enter.click();
  const overlay = page.locator('.overlay'), ask = <T>(what: string) => page.evaluate(what) as Promise<T>;
  await expect(overlay).toHaveAttribute('data-state', 'looking', { timeout: 30_000 });
  // Three metres ahead.
  await ask('look(Math.atan(1.6 / 3))');
  await expect(overlay).toHaveAttribute('data-state', 'found', { timeout: 30_000 });
  await ask('pull()');
  await expect(overlay).toHaveAttribute('data-state', 'standing');
  await ask('look(0)');
  type Box = { left: number; right: number; bottom: number; top: number; height: number };
  const straight = await ask<Box>('seen');
  // At ninety degrees, half the picture's height is as much as the distance: 2.6 m to the front edge of a desk that is 0.8 m deep.
  const pixel = straight.height / 2 / 2.6, wide = straight.right - straight.left;
  expect(Math.abs(wide / (1.75 * pixel) - 1), `${wide} of ${1.75 * pixel} pixels`).toBeLessThan(0.03);
  // The middle of the picture is at the height of the eyes.
  const feet = (straight.height / 2 - straight.bottom) / (straight.height / 2);
  expect(feet, 'its feet are on the floor').toBeGreaterThan(1.6 / 3.4 * 0.97);
  expect(feet).toBeLessThan(1.6 / 2.6 * 1.03);
  await page.evaluate(() => (document.querySelector('.overlay [name=turn]') as HTMLElement).click());
  await expect.poll(() => ask<number>('seen.right - seen.left'), { message: 'turned by an eighth it is wide otherwise' }).not.toBe(wide);
  await ask('pull()');
  await expect(overlay).toHaveAttribute('data-state', 'found');
  // Picked up, it follows the eyes over the floor, and not up a wall.
  await ask('look(Math.atan(1.6 / 5))');
  const further = await ask<Box>('seen');
  expect(further.right - further.left, 'further away').toBeLessThan(wide * 0.75);
  await ask('look(-0.05)');
  await expect(overlay).toHaveAttribute('data-state', 'found');
  await page.evaluate(() => (document.querySelector('.overlay [name=leave]') as HTMLElement).click());
  await expect(overlay).toBeHidden();
  await expect(enter).not.toHaveAttribute('aria-busy', 'true');
  expect(seen).toEqual([]);
});
