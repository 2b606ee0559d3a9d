// Every GLB that Blender makes passes the Khronos validator; the view survives the loss of its context.
import { expect, test } from '@playwright/test';
import validator from 'gltf-validator';
import { drawn, freshEmail, open, productId, view } from './kit';

const samples: Record<string, object[]> = {
  'DESK-HA': [{}, { width: 2400, frame: 'heavy', finish: 'walnut' }],
  'CAB-BASE': [{}, { width: 900 }],
};

test('exact models pass the Khronos validator and keep their size', async ({ request }) => {
  test.setTimeout(240_000);
  const who = await (await request.post('/api/v1/auth/register', { data: { email: freshEmail(), password: 'a long enough password', name: 'Validator', organization: 'Validator' } })).json();
  const headers = { authorization: `Bearer ${who.access_token}` };
  const { items } = await (await request.get('/api/v1/products?limit=50', { headers })).json();
  let made = 0;
  for (const [sku, configurations] of Object.entries(samples)) {
    const product = items.find((p: any) => p.sku === sku);
    expect(product, sku).toBeTruthy();
    for (const config_data of configurations) {
      const configured = await (await request.post(`/api/v1/products/${product.id}/configure`, { headers, data: { config_data } })).json();
      expect(configured.valid, JSON.stringify(configured.blocked)).toBe(true);
      let job = await (await request.post('/api/v1/jobs', { headers, data: { product_id: product.id, config_data } })).json();
      await expect.poll(async () => { job = await (await request.get(`/api/v1/jobs/${job.id}`, { headers })).json(); return job.status; }, { timeout: 90_000 }).toBe('COMPLETED');
      job.result.bounding_box_mm.forEach((v: number, i: number) => expect(Math.abs(v - configured.bounding_box_mm[i])).toBeLessThanOrEqual(1));
      const bytes = await (await request.get(job.result_url)).body();
      const report = await validator.validateBytes(new Uint8Array(bytes));
      const words = report.issues.messages.filter((m: any) => m.severity === 0).map((m: any) => `${m.code} ${m.message} ${m.pointer}`);
      expect(report.issues.numErrors, words.join('\n')).toBe(0);
      made++;
    }
  }
  expect(made).toBe(4);
});

test('a lost context comes back with the model', async ({ page, request }) => {
  await open(page, `/configure/${await productId(request, 'DESK-HA')}`);
  await drawn(page);
  const before = await view(page);
  await page.evaluate(() => {
    const canvas = document.querySelector('canvas')!;
    (globalThis as any).__loss = canvas.getContext('webgl2')!.getExtension('WEBGL_lose_context');
    (globalThis as any).__loss.loseContext();
  });
  await page.waitForTimeout(200);
  // Choosing goes on meanwhile and must reach nothing that is gone.
  await page.getByRole('radio', { name: /^Walnut/ }).click();
  await page.evaluate(() => (globalThis as any).__loss.restoreContext());
  await expect.poll(async () => (await view(page)).frames).toBeGreaterThan(before.frames);
  await page.getByRole('radio', { name: /^Ash/ }).click();
  const again = await view(page);
  await expect.poll(async () => (await view(page)).frames).toBeGreaterThanOrEqual(again.frames);
  expect(again.bounds).toEqual(before.bounds);
});
