// The full counts of what `make test` samples: generated cases of the property tests, sampled configurations of the demo products natively, in wasm and in
// Blender. Not part of `make bench`: `make long` runs it.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { figure, machine, publish, root, round } from './lib.mjs';

const cases = Number(process.env.PROPTEST_CASES ?? 20_000);
const facts = mkdtempSync(join(tmpdir(), 'fitout-long-'));
try {
  const began = performance.now();
  const env = { ...process.env, PROPTEST_CASES: String(cases), FITOUT_LONG: facts };
  const child = spawn('cargo', ['nextest', 'run', '--profile', 'long', '--workspace', '--exclude', 'app', '--exclude', 'frontend'], { cwd: root, env, stdio: 'inherit' });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`the tests ended with ${code}`);
  const minutes = (performance.now() - began) / 60_000;
  const report = readFileSync(join(root, 'target/nextest/long/junit.xml'), 'utf8');
  const tests = [...report.matchAll(/<testcase name="([^"]+)" classname="([^"]+)"[^>]*? time="([\d.]+)"/g)].map(([, name, place, time]) => ({ test: `${place} ${name}`, seconds: round(Number(time), 1) }));
  if (tests.length < 100) throw new Error(`only ${tests.length} tests are in the report`);
  const kept = Object.fromEntries(readdirSync(facts).sort().map((file) => [file.replace('.json', ''), JSON.parse(readFileSync(join(facts, file), 'utf8'))]));
  for (const name of ['blender', 'native_and_wasm', 'reasons']) if (!kept[name]) throw new Error(`nothing was kept of ${name}`);
  publish('long', {
    command: 'make long', machine: machine(),
    figures: [figure('tests with full counts, all passed', 'tests', tests.length), figure('together', 'min', minutes)],
    generated_cases_each: cases, ...kept, longest: tests.sort((a, b) => b.seconds - a.seconds).slice(0, 12),
  });
} finally {
  rmSync(facts, { recursive: true, force: true });
}
