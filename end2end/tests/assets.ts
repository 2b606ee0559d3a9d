// Files to upload, made here.
import { deflateRawSync } from 'node:zlib';
import type { Page } from '@playwright/test';

type Corner = [number, number, number];

/** Text STL of a turned shape: `radii` at equal steps of `height`, millimetres, Z up. */
export function turned(name: string, radii: number[], height: number, sides = 48): Buffer {
  const at = (i: number, j: number): Corner => {
    const angle = (j % sides) / sides * 2 * Math.PI;
    return [radii[i] * Math.cos(angle), radii[i] * Math.sin(angle), height * i / (radii.length - 1)];
  };
  const facets: string[] = [];
  const facet = (...corners: Corner[]) => facets.push(`facet normal 0 0 0\nouter loop\n${corners.map((c) => `vertex ${c.map((v) => v.toFixed(3)).join(' ')}`).join('\n')}\nendloop\nendfacet`);
  for (let i = 0; i + 1 < radii.length; i++) {
    for (let j = 0; j < sides; j++) {
      facet(at(i, j), at(i, j + 1), at(i + 1, j + 1));
      facet(at(i, j), at(i + 1, j + 1), at(i + 1, j));
    }
  }
  return Buffer.from(`solid ${name}\n${facets.join('\n')}\nendsolid ${name}\n`);
}

/** A stool: a foot, a stem, a seat. */
export const stool = (height = 450) => turned('stool', [0.001, 180, 175, 40, 34, 32, 32, 34, 60, 165, 180, 180, 170, 0.001], height);

/** Uploads the stool as an asset, by the API; answers its id. */
export async function asset(page: Page): Promise<string> {
  const answer = await page.request.post('/api/v1/assets', { multipart: { file: { name: 'Wedge stool.stl', mimeType: 'model/stl', buffer: stool() } } });
  return (await answer.json()).asset.id;
}

/** A ZIP of some files. */
export function zip(files: Record<string, Buffer>): Buffer {
  const table = Array.from({ length: 256 }, (_, n) => { let c = n; for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1; return c >>> 0; });
  const sum = (data: Buffer) => ~data.reduce((c, b) => table[(c ^ b) & 255] ^ (c >>> 8), ~0) >>> 0;
  const parts: Buffer[] = [], directory: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of Object.entries(files)) {
    const packed = deflateRawSync(data), called = Buffer.from(name);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0); fields.writeUInt16LE(8, 4); fields.writeUInt32LE(sum(data), 10); fields.writeUInt32LE(packed.length, 14); fields.writeUInt32LE(data.length, 18); fields.writeUInt16LE(called.length, 22);
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), fields, called, packed);
    const more = Buffer.alloc(14);
    more.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, more, called);
    offset += 4 + fields.length + called.length + packed.length;
  }
  const central = Buffer.concat(directory), end = Buffer.alloc(18);
  const count = Object.keys(files).length;
  end.writeUInt16LE(count, 4); end.writeUInt16LE(count, 6); end.writeUInt32LE(central.length, 8); end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, central, Buffer.from('PK\x05\x06', 'latin1'), end]);
}
