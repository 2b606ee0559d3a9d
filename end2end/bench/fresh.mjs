// Minutes from nothing to a passing `make test`: a fresh clone of the last commit, an empty cache, `.ci/run`; each stage by its marker.
//
// Not part of `make bench`: it takes half an hour or more. What lies outside the checkout and its cache (Debian packages, the toolchain, packages that
// cargo and npm have downloaded before) stays: steps that found it are told as such. In a new container everything is made.
// There, `HERE=1` measures this checkout itself with its own cache, which must not exist yet and stays: work can begin when it is through.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, createWriteStream } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { figure, machine, publish, quiet, root, round, until } from './lib.mjs';

const here = !!process.env.HERE;
const folder = mkdtempSync(join(tmpdir(), 'fitout-fresh-'));
// The database's own user must be able to enter it.
chmodSync(folder, 0o755);
const clone = here ? root : join(folder, 'clone');
const cache = here ? process.env.FITOUT_CACHE ?? join(homedir(), '.cache/fitout') : join(folder, 'cache');
if (here && existsSync(cache)) throw new Error(`HERE=1 needs a machine without a cache, and ${cache} is there: run it without HERE`);
mkdirSync(join(root, 'end2end/artefacts'), { recursive: true });
const log = createWriteStream(join(root, 'end2end/artefacts/fresh.log'));
const command = process.argv.slice(2);
try {
  if (!here) execFileSync('git', ['clone', '--quiet', '--no-hardlinks', root, clone]);
  // The checkout goes on meanwhile.
  const measured_commit = execFileSync('git', ['describe', '--always', '--exclude', '*'], { cwd: clone, encoding: 'utf8' }).trim();
  // As a person's shell has it: nothing of what .ci/env set for this process.
  const env = { ...process.env, FITOUT_CACHE: cache };
  const known = [process.env.FITOUT_CACHE, root].filter(Boolean).map((place) => join(place, '/'));
  env.PATH = env.PATH.split(':').filter((place) => !known.some((k) => place.startsWith(k))).join(':');
  for (const name of ['FITOUT_ROOT', 'FITOUT_VENV', 'FITOUT_BINARY', 'FITOUT_SITE', 'CARGO_TARGET_DIR', 'BLENDER_PATH', 'RUSTUP_TOOLCHAIN', 'CARGO_INCREMENTAL', 'DATABASE_URL']) delete env[name];
  await quiet();
  const began = performance.now();
  const now = () => (performance.now() - began) / 1000;
  const child = spawn(command[0] ?? '.ci/run', command.slice(1), { cwd: clone, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const stages = [{ stage: 'setup', at: 0 }], steps = [];
  const hear = (line) => {
    log.write(`${now().toFixed(1).padStart(8)}  ${line}\n`);
    const found = line.match(/^ {2}ok {2,}(.*)$/), done = line.match(/^ {2}done {2,}(.*) \((\d+) s\)$/);
    if (found) steps.push({ step: found[1], found: true });
    if (done) steps.push({ step: done[1], minutes: round(done[2] / 60) });
    const marker = line.match(/^== (.+?)\s*$/)?.[1];
    if (marker) { stages.push({ stage: marker, at: now() }); console.error(`   ${(now() / 60).toFixed(1)} min: ${marker}`); }
  };
  const heard = [child.stdout, child.stderr].map((stream) => new Promise((resolve) => createInterface({ input: stream }).on('line', hear).once('close', resolve)));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  await Promise.all(heard);
  const total = now();
  if (code !== 0) throw new Error(`it ended with ${code} after ${round(total / 60, 1)} min; see end2end/artefacts/fresh.log`);
  const minutes = stages.map((s, i) => ({ stage: s.stage, minutes: round(((stages[i + 1]?.at ?? total) - s.at) / 60) }));
  publish('fresh', {
    machine: machine(), measured_commit,
    figures: [figure('fresh setup + build + tests', 'min', total / 60), ...minutes.map((m) => figure(`of it: ${m.stage}`, 'min', m.minutes))],
    unit: 'minutes', total: round(total / 60), stages: minutes, setup_steps: steps, started_as: `${here ? 'HERE=1 ' : ''}${command.length ? command.join(' ') : '.ci/run'}`,
  });
} finally {
  log.end();
  // The tests' database goes on for a while when they are over; its folder goes now.
  const pidfile = !here && join(cache, 'testpg/pg/data/postmaster.pid');
  if (pidfile && existsSync(pidfile)) {
    const pid = Number(readFileSync(pidfile, 'utf8').split('\n')[0]);
    try { process.kill(pid, 'SIGINT'); await until('the tests’ database to stop', () => !existsSync(pidfile), 30_000); } catch { /* it went by itself */ }
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
