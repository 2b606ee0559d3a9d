// A catalogue admin copies a product, adds an option, a rule and a price, tries it on samples, publishes; what was saved before still opens.
import { expect, test } from '@playwright/test';
import { drawn, open, signIn, watchConsole, admin } from './kit';

test('a product is copied, changed by forms, tried, published, and changed again', async ({ page }) => {
  test.setTimeout(120_000);
  const seen = watchConsole(page);
  await signIn(page, admin);
  await open(page, '/admin/products');
  await page.getByRole('row', { name: /Tarn desk DESK-HA/ }).getByRole('button', { name: 'Copy' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Tarn desk, copy' })).toBeVisible();
  await expect(page.getByText('Nothing wrong')).toBeVisible();
  const id = page.url().split('/').pop()!;
  const text = page.getByLabel('Definition', { exact: true });

  // An option, with its words.
  await page.getByRole('button', { name: 'Options' }).click();
  await page.getByRole('button', { name: 'Yes or no' }).click();
  await expect(text).toHaveValue(/"New question"/);
  const option = page.getByRole('listitem').filter({ hasText: /^option_\d+/ });
  await option.getByLabel('Words for people').fill('Monitor arm');
  await option.getByLabel('Words for people').press('Tab');
  await expect(text).toHaveValue(/"Monitor arm"/);
  const name = (await text.inputValue()).match(/"(option_\d+)"/)![1];

  // A rule that goes wrong first: the finding leads to its line.
  await page.getByRole('button', { name: 'Rules' }).click();
  await page.getByRole('button', { name: 'Add a rule' }).click();
  const rule = page.getByRole('listitem').filter({ has: page.getByRole('button', { name: /^Take rule-/ }) });
  await rule.getByLabel('When').fill(name);
  await rule.getByLabel('When').press('Tab');
  await expect(text).toHaveValue(new RegExp(`"when": "${name}"`));
  await rule.getByLabel('Then must hold').fill('widht >= 1400');
  await rule.getByLabel('Then must hold').press('Tab');
  await expect(page.getByText('1 thing to settle')).toBeVisible();
  const finding = page.getByRole('button', { name: /^Line \d+, rules/ });
  await expect(finding).toContainText('widht');
  await finding.click();
  await expect(text).toBeFocused();
  expect(await text.evaluate((t: HTMLTextAreaElement) => t.value.slice(t.selectionStart, t.selectionEnd))).toContain('widht');
  await expect(page.getByRole('button', { name: 'Keep the draft' })).toHaveAttribute('aria-disabled', 'true');
  await rule.getByLabel('Then must hold').fill('width >= 1400');
  await rule.getByLabel('Then must hold').press('Tab');
  await expect(page.getByText('Nothing wrong')).toBeVisible();
  await rule.getByLabel('Words for people').fill('A monitor arm needs a top of 1.4 m.');
  await rule.getByLabel('Words for people').press('Tab');
  await expect(text).toHaveValue(/needs a top of 1\.4 m/);

  // A price.
  await page.getByRole('button', { name: 'Price' }).click();
  await page.getByRole('button', { name: 'Add a price line' }).click();
  const line = page.getByRole('listitem').filter({ has: page.getByRole('button', { name: /^Take line-/ }) });
  for (const [label, value] of [['Words for people', 'Arm, height-adjustable'], ['Amount, in cents', '12900'], ['Only when', name]] as const) {
    await line.getByLabel(label).fill(value);
    await line.getByLabel(label).press('Tab');
    await expect(text).toHaveValue(new RegExp(label === 'Only when' ? `"when": "${value}"[^}]*Arm|Arm[^}]*"when": "${value}"` : `"${value}"|: ${value}`));
  }
  await expect(page.getByText('Nothing wrong')).toBeVisible();
  await page.getByRole('button', { name: 'Keep the draft' }).click();
  await expect(page.getByText('The draft is kept')).toBeVisible();
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByText(/People see edition/)).toBeVisible();

  // It is a product like any other, rule and price included.
  await open(page, `/configure/${id}?width=1600`);
  await drawn(page);
  const price = async () => Number((await page.getByTestId('price').first().innerText()).replace(/[^\d.]/g, ''));
  const before = await price();
  await page.getByRole('switch', { name: 'Monitor arm' }).or(page.getByRole('checkbox', { name: 'Monitor arm' })).or(page.getByRole('radiogroup', { name: 'Monitor arm' }).getByRole('radio').last()).first().click();
  await expect.poll(price).toBeCloseTo(before + 129, 2);

  // Saved in this edition; the next one costs more, and the old one stays what it was.
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText(/^Saved \d\d:\d\d/).first()).toBeVisible();
  await open(page, `/admin/products/${id}`);
  await expect(page.getByText('Nothing wrong')).toBeVisible();
  const edition = (await text.inputValue()).match(/"template_version": "([^"]+)"/)![1];
  await text.fill((await text.inputValue()).replace(/"amount": 12900/, '"amount": 15900').replace(`"template_version": "${edition}"`, '"template_version": "9.0.0"'));
  const sample = page.getByRole('row', { name: /Tarn desk, copy/ });
  await expect(sample).toContainText('+$30.00');
  await page.getByRole('button', { name: 'Keep the draft' }).click();
  await expect(page.getByText('The draft is kept').last()).toBeVisible();
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByText('People see edition 9.0.0')).toBeVisible();
  await open(page, '/saved');
  const row = page.getByRole('row', { name: /Tarn desk, copy/ }).first();
  await expect(row).toContainText('Edition 9.0.0 is out');
  await row.getByRole('link').first().click();
  await expect(page.getByRole('row', { name: /^Arm, height-adjustable/ }).first()).toContainText('+$30.00');
  await page.getByRole('button', { name: /^Move to today/ }).click();
  await expect(page.getByText('Nothing changed')).toBeVisible();
  expect(seen).toEqual([]);
});
