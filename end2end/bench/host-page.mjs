// What the embed costs the page around it: Lighthouse of the demo shop with and without it, in turns, on a phone as Lighthouse imitates one.
//
// Without: the same page, with the one script blocked that makes the embed. The shop is a site of its own, as it is for everybody who embeds: the browser
// is told to keep its process apart, since here both are ports of one machine. Lighthouse is fetched into the cache when it is missing.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startServer } from '../run.mjs';
import { browserFacts } from './browser.mjs';
import { visit } from './client.mjs';
import { count, figure, machine, median, publish, quiet, round, until } from './lib.mjs';

const rounds = count('ROUNDS', 7, 1);
const version = '13.5.0';
const folder = join(process.env.FITOUT_CACHE ?? join(homedir(), '.cache/fitout'), 'bench/lighthouse');
const installed = join(folder, 'node_modules/lighthouse/core/index.js');
if (!existsSync(installed)) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', `lighthouse@${version}`], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
}
const { default: lighthouse } = await import(pathToFileURL(installed).href);
const { launch } = await import(pathToFileURL(join(folder, 'node_modules/chrome-launcher/dist/index.js')).href);

const server = await startServer();
const address = `${server.shop}/demo/shop`;

/** One visit with an empty profile. */
async function look(blockedUrlPatterns) {
  const chrome = await launch({
    chromePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    chromeFlags: ['--headless=new', '--no-sandbox', '--enable-unsafe-swiftshader', `--isolate-origins=${server.url},${server.shop}`],
  });
  try {
    const { lhr } = await lighthouse(address, { port: chrome.port, output: 'json', logLevel: 'error', blockedUrlPatterns });
    if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
    const number = (id) => round(lhr.audits[id].numericValue, 3);
    return {
      scores: Object.fromEntries(Object.entries(lhr.categories).map(([name, c]) => [name, c.score === null ? null : round(c.score * 100, 1)])),
      largest_paint_ms: number('largest-contentful-paint'), blocking_ms: number('total-blocking-time'), shift: number('cumulative-layout-shift'), bytes: number('total-byte-weight'),
    };
  } finally { chrome.kill(); }
}

try {
  // Its pictures are made by then: nothing else is at work.
  await until('the pictures of the products', async () => (await visit(server, '/products?limit=100')).items?.every((p) => p.thumbnail_url && p.drawing_url), 300_000, 1000);
  const [bare, full] = [[], []];
  for (let i = 0; i < rounds; i++) {
    await quiet();
    bare.push(await look(['*/embed.js']));
    await quiet();
    full.push(await look([]));
    console.error(`   ${i + 1} of ${rounds}: performance ${bare.at(-1).scores.performance} without, ${full.at(-1).scores.performance} with the embed`);
  }
  const middle = (list, of) => round(median(list.map(of)), 3);
  const sum = (list) => ({
    performance: middle(list, (r) => r.scores.performance), largest_paint_ms: middle(list, (r) => r.largest_paint_ms), blocking_ms: middle(list, (r) => r.blocking_ms),
    shift: middle(list, (r) => r.shift), bytes: middle(list, (r) => r.bytes),
  });
  const difference = round(sum(bare).performance - sum(full).performance, 1);
  publish('host-page', {
    machine: machine({ ...(await browserFacts()), lighthouse: version }),
    figures: [
      figure('points of Lighthouse performance that a page loses by the embed, medians', 'points', difference, { aim: '≤ 1', met: difference <= 1 }),
      figure('cumulative layout shift of a page with the embed', '', sum(full).shift, { aim: '0', met: sum(full).shift === 0 }),
    ],
    rounds, without: sum(bare), with: sum(full), other_scores_with: full.at(-1).scores,
  });
} finally { await server.stop(); }
