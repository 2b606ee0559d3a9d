// Browsers as somebody meets a page for the first time: an empty profile each, the same program and the same switches for all.
import { chromium } from '@playwright/test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from './lib.mjs';

// Those of the browser tests (playwright.config.ts).
const args = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--enable-unsafe-swiftshader'];

/** Runs `work(page, context)` in a browser with nothing cached and nothing compiled. */
export async function coldBrowser(work) {
  const profile = mkdtempSync(join(tmpdir(), 'fitout-bench-'));
  const context = await chromium.launchPersistentContext(profile, { executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args, viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1 });
  try {
    const page = context.pages()[0] ?? await context.newPage();
    // The browser's own start is not part of any page's time.
    await sleep(400);
    return await work(page, context);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Version of the browser and name of what draws. */
export const browserFacts = () => coldBrowser(async (page, context) => ({
  chromium: context.browser()?.version() ?? await page.evaluate(() => navigator.userAgent.match(/Chrome\/([\d.]+)/)?.[1]),
  gpu: await page.evaluate(() => {
    const gl = document.createElement('canvas').getContext('webgl2');
    const info = gl?.getExtension('WEBGL_debug_renderer_info');
    return gl ? gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER) : 'no WebGL 2';
  }),
}));

/** Networks to try pages on: `latency` is the whole way there and back, in ms. */
export const networks = {
  loopback: null,
  '10 Mbit/s, 40 ms': { offline: false, latency: 40, downloadThroughput: 10e6 / 8, uploadThroughput: 10e6 / 8 },
};

/** Slows a page's network down. */
export async function slowDown(context, page, network) {
  if (!network) return;
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Network.emulateNetworkConditions', network);
}
