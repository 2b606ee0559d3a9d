// What whoever runs a server does: puts two things on a machine, checks the logs, shuts a workspace.
import { expect, test } from '@playwright/test';
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Person, binary, databaseUrl, place, root, serve, sql, undoAll } from './own';

test.afterEach(undoAll);

const types: Record<string, RegExp> = { '.js': /^text\/javascript/, '.css': /^text\/css/, '.wasm': /^application\/wasm/, '.bin': /^application\/octet-stream/, '.svg': /^image\/svg/ };

test('the program and the folder beside it are all that a server needs, and files keep for ever', async () => {
  const folder = place();
  cpSync(binary, join(folder, 'fitout'));
  cpSync(join(root, 'target/site'), join(folder, 'site'), { recursive: true });
  const server = await serve(place(), { FITOUT_BINARY: join(folder, 'fitout') }, ['serve', '--no-workers']);
  const html = await (await fetch(server.url)).text();
  const named = [...new Set(html.match(/\/pkg\/[\w./-]+/g))];
  expect(named.length).toBeGreaterThanOrEqual(5);
  const seen = new Set<string>();
  for (const path of named) {
    const answer = await fetch(server.url + path, { headers: { 'accept-encoding': 'br' } });
    expect(answer.status, path).toBe(200);
    expect(answer.headers.get('content-type'), path).toMatch(types[extname(path)]);
    expect(answer.headers.get('cache-control'), path).toMatch(/max-age=31536000, immutable/);
    expect(answer.headers.get('content-encoding'), path).toBe('br');
    seen.add(extname(path));
  }
  expect([...seen]).toEqual(expect.arrayContaining(['.js', '.css', '.wasm', '.bin']));
});

test('a changed audit log is found; a workspace is shut and opened again', async () => {
  test.setTimeout(60_000);
  const data = place();
  const server = await serve(data, {}, ['serve', '--no-workers']);
  const fay = await Person.register(server.url);
  const fitout = (...args: string[]) => {
    const done = spawnSync(binary, args, { cwd: root, encoding: 'utf8', timeout: 30_000, env: { ...process.env, FITOUT_DATA_DIR: data, DATABASE_URL: databaseUrl(data) } });
    return { status: done.status, said: done.stdout + done.stderr };
  };

  expect(fitout('audit', 'verify')).toMatchObject({ status: 0, said: expect.stringContaining('chain whole') });
  sql(data, "alter table audit_log disable trigger user; update audit_log set action = 'nothing.happened' where seq = 1 and tenant_id = (select id from tenants where name = 'Faults')");
  expect(fitout('audit', 'verify')).toMatchObject({ status: 1, said: expect.stringMatching(/Faults: BROKEN at entry 1 /) });

  const [id] = fitout('workspace', 'list').said.split('\n').find((line) => line.endsWith(' Faults'))!.split(' ');
  expect(fitout('workspace', 'disable', 'nowhere')).toMatchObject({ status: 1, said: expect.stringContaining('no workspace "nowhere"') });
  expect(fitout('workspace', 'disable', id)).toMatchObject({ status: 0, said: expect.stringContaining('Faults is disabled now.') });
  expect(fitout('workspace', 'disable', id).said).toContain('disabled already');
  await expect.poll(async () => (await fay.ask('GET', '/api/v1/me')).status, { timeout: 15_000 }).toBe(403);
  expect((await fay.ask('GET', '/api/v1/me')).body.detail).toMatch(/is switched off/);
  expect(fitout('workspace', 'enable', id)).toMatchObject({ status: 0, said: expect.stringContaining('Faults is open now.') });
  await expect.poll(async () => (await fay.ask('GET', '/api/v1/me')).status, { timeout: 15_000 }).toBe(200);
});
