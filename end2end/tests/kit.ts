// Helpers of the browser tests: people, readiness, axe.
import AxeBuilder from '@axe-core/playwright';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, type APIRequestContext, type Page } from '@playwright/test';

export const demo = { email: 'designer@fitout.example', password: 'drawing-office' };
export const admin = { email: 'admin@fitout.example', password: 'drawing-office' };

let count = 0;
/** A mail address that no other test uses. */
export const freshEmail = () => `person-${Date.now()}-${count++}@fitout.example`;

/** Waits until the page is hydrated: before, buttons of server-rendered pages do nothing but submit. */
export async function hydrated(page: Page) {
  await page.waitForFunction(() => document.documentElement.dataset.hydrated === 'true');
}

export async function open(page: Page, path: string) {
  await page.goto(path);
  await hydrated(page);
}

export async function signIn(page: Page, who = demo) {
  await open(page, '/auth/login');
  await page.getByLabel('E-mail').fill(who.email);
  await page.getByLabel('Password', { exact: true }).fill(who.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.waitForURL('**/');
}

/** The product view has drawn something. */
export async function drawn(page: Page) {
  await page.waitForFunction(() => (globalThis as any).__fitout_view?.frames > 0, null, { timeout: 60_000 });
}

export type View = { frames: number; mode: string; bounds: number[] };
export const view = (page: Page): Promise<View> => page.evaluate(() => {
  const v = (globalThis as any).__fitout_view;
  return { frames: v.frames, mode: v.mode, bounds: Array.from(v.bounds_mm ?? []) as number[] };
});

/** Whatever fades or moves for a moment in sight has ended: halfway through a fade no text has the contrast that it stands in. What lies in a closed menu doesn't run at all, and would never end. */
const still = (page: Page) => page.waitForFunction(() => !document.getAnimations().some((a) => {
  const effect = a.effect as KeyframeEffect | null;
  return a.playState === 'running' && Number.isFinite(effect?.getComputedTiming().endTime) && effect?.target?.checkVisibility();
}), null, { polling: 50 });

/** No violation of WCAG 2.2 A and AA on the page as it stands. */
export async function expectAccessible(page: Page, where: string) {
  await still(page);
  const found = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
  const words = found.violations.map((v) => `${v.id}: ${v.help}\n    ${v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' — ' + (n.failureSummary ?? '').split('\n')[1]).join('\n    ')}`);
  expect(words, `${where}:\n  ${words.join('\n  ')}`).toEqual([]);
}

/** Id of a product by SKU. */
export async function productId(request: APIRequestContext, sku: string): Promise<string> {
  const answer = await request.get('/api/v1/products?limit=50');
  expect(answer.ok()).toBeTruthy();
  const found = (await answer.json()).items.find((p: any) => p.sku === sku);
  expect(found, `no product ${sku}`).toBeTruthy();
  return found.id;
}

/** Errors of the console and of the page. Paths in `refused` answer with an error on purpose: the browser's line about that is none. */
export function watchConsole(page: Page, refused: string[] = []) {
  const seen: string[] = [];
  page.on('console', (m) => {
    const { url } = m.location();
    const wanted = /^Failed to load resource: the server responded with a status/.test(m.text()) && URL.canParse(url) && refused.includes(new URL(url).pathname);
    if (m.type() === 'error' && !wanted) seen.push(`${m.text()} (${url})`);
  });
  page.on('pageerror', (e) => seen.push(String(e)));
  return seen;
}

/** Words of a PDF, by pypdf. */
export function pdfWords(data: Buffer): string {
  const read = 'import sys, io\nfrom pypdf import PdfReader\nprint(" ".join(" ".join(p.extract_text() for p in PdfReader(io.BytesIO(sys.stdin.buffer.read())).pages).split()))';
  return execFileSync(join(process.env.FITOUT_CACHE!, 'usd/bin/python'), ['-c', read], { input: data, encoding: 'utf8' });
}

/** Holds the server's Blender processes still (`STOP`) or lets them go on (`CONT`): a model takes a tenth of a second, too short to be cancelled by hand. */
export function blender(signal: 'STOP' | 'CONT') {
  const data = process.env.FITOUT_E2E_DATA;
  if (!data) throw new Error('this test needs the server that run.mjs starts');
  try { execFileSync('pkill', [`-${signal}`, '-f', `${data}/blender/worker`]); } catch { /* none runs now */ }
}
