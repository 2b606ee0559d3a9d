// Reads back what canvases really show. These functions run inside the page, before its scripts, alike in ours and in the peers'.

/**
 * Tells when a canvas first holds a picture of the model, and later whether a drag changes it.
 *
 * Every draw onto a canvas's own buffer is followed, at the end of the same task, by a read-back of the whole canvas to 160 × 100 pixels. The
 * read-back waits for the (software) GPU, so a frame counts when its pixels exist, not when its commands were handed over. The model stands there when
 * at least 2 % of the pixels are opaque (a clear colour, a shadow or a fade-in is not) in at least 8 tones (a flat fill has one).
 *
 * `window.__bench`: `first` { ms, bytes, stages … }, `exact` (ms; ours: the GLB has replaced the instant model), `changed` (share of pixels, after
 * `follow()`). The stages say where the time went: last code fetched, WebGL context asked for, first draw onto the canvas handed over.
 */
export function watchFirstFrame() {
  const WIDTH = 160, HEIGHT = 100;
  const small = document.createElement('canvas');
  small.width = WIDTH;
  small.height = HEIGHT;
  const pen = small.getContext('2d', { willReadFrequently: true });
  const bench = { first: null, exact: null, changed: 0, load: null, follow() { following = true; } };
  let following = false, due = false, picture = null, context = null, drawn = null;
  Object.defineProperty(window, '__bench', { value: bench });
  // <model-viewer> says when it holds itself for loaded; noted beside the pixels.
  document.addEventListener('load', (e) => { if (e.target?.localName === 'model-viewer') bench.load ??= performance.now(); }, true);

  const read = (canvas) => {
    pen.clearRect(0, 0, WIDTH, HEIGHT);
    pen.drawImage(canvas, 0, 0, WIDTH, HEIGHT);
    return pen.getImageData(0, 0, WIDTH, HEIGHT).data;
  };
  const shows = (data) => {
    let opaque = 0;
    const tones = new Set();
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] >= 250) { opaque += 1; tones.add((data[i] >> 4) << 8 | (data[i + 1] >> 4) << 4 | data[i + 2] >> 4); }
    return opaque >= 0.02 * WIDTH * HEIGHT && tones.size >= 8 ? { opaque: opaque / (WIDTH * HEIGHT), tones: tones.size } : null;
  };
  const kind = (path, initiator) => (/\.(m?js|wasm|bin)$/.test(path) ? 'code' : /\.css$/.test(path) ? 'style' : /\.(woff2?|ttf)$/.test(path) ? 'fonts' : /\.(glb|gltf)$/.test(path) ? 'model' : initiator === 'img' || /\.(webp|png|jpe?g|svg)$/.test(path) ? 'pictures' : 'other');
  const fetched = (until) => {
    const page = performance.getEntriesByType('navigation')[0];
    const bytes = { html: page?.encodedBodySize ?? 0, code: 0, style: 0, fonts: 0, pictures: 0, model: 0, other: 0 };
    let files = 1, code_raw = 0, code_at = 0;
    for (const r of performance.getEntriesByType('resource')) {
      if (!r.responseEnd || r.responseEnd > until) continue;
      const what = kind(new URL(r.name).pathname, r.initiatorType);
      bytes[what] += r.encodedBodySize;
      files += 1;
      if (what !== 'code') continue;
      code_raw += r.decodedBodySize;
      code_at = Math.max(code_at, r.responseEnd);
    }
    return { bytes, files, code_raw, stages: { code_fetched: code_at, context, drawn } };
  };
  const look = (canvas) => {
    due = false;
    const data = read(canvas), now = performance.now();
    if (!bench.first) {
      const seen = shows(data);
      if (!seen) return;
      picture = data;
      bench.first = { ms: now, ...fetched(now), ...seen, canvas: [canvas.clientWidth || canvas.width, canvas.clientHeight || canvas.height, canvas.width, canvas.height], contentful: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null };
      return;
    }
    if (!bench.exact && window.__fitout_view?.mode === 'exact') bench.exact = now;
    if (following) {
      let other = 0;
      for (let i = 0; i < data.length; i += 4) if (Math.max(Math.abs(data[i] - picture[i]), Math.abs(data[i + 1] - picture[i + 1]), Math.abs(data[i + 2] - picture[i + 2]), Math.abs(data[i + 3] - picture[i + 3])) > 24) other += 1;
      bench.changed = Math.max(bench.changed, other / (WIDTH * HEIGHT));
    }
  };
  const get = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (name, ...rest) {
    if (context === null && /^webgl/.test(name)) context = performance.now();
    return get.call(this, name, ...rest);
  };
  for (const proto of [window.WebGL2RenderingContext?.prototype, window.WebGLRenderingContext?.prototype]) {
    for (const name of ['drawElements', 'drawArrays', 'drawElementsInstanced', 'drawArraysInstanced', 'drawRangeElements']) {
      const draw = proto?.[name];
      if (!draw) continue;
      proto[name] = function (...values) {
        draw.apply(this, values);
        const wanted = !bench.first || following || (!bench.exact && window.__fitout_view?.mode === 'exact');
        if (wanted && !due && this.getParameter(this.FRAMEBUFFER_BINDING) === null) {
          due = true;
          queueMicrotask(() => {
            drawn = bench.first ? drawn : performance.now();
            look(this.canvas);
          });
        }
      };
    }
  }
}

/**
 * For our page alone: times the frames that follow a change. `await __bench.frame()` answers the next one:
 * `{ began, handed_over, shown, changed }`: first call of the GPU, last call, pixels read back (ms of the page's clock), whether the picture differs.
 */
export function watchFrames() {
  const WIDTH = 160, HEIGHT = 100;
  const small = document.createElement('canvas');
  small.width = WIDTH;
  small.height = HEIGHT;
  const pen = small.getContext('2d', { willReadFrequently: true });
  const bench = { drawn: 0, last: 0, frame: (limit = 3_000) => new Promise((resolve) => { waiting = resolve; setTimeout(() => { if (waiting === resolve) { waiting = null; resolve(null); } }, limit); }) };
  let waiting = null, task = 0, began = 0, due = false, picture = null;
  Object.defineProperty(window, '__bench', { value: bench });
  const one = new Uint8Array(4);
  const look = (gl) => {
    const handed_over = performance.now();
    // One pixel is enough to wait for the frame; what is bound is put back.
    const [framebuffer, buffer] = [gl.getParameter(gl.FRAMEBUFFER_BINDING), gl.getParameter(gl.PIXEL_PACK_BUFFER_BINDING)];
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, one);
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, buffer);
    const shown = performance.now();
    pen.clearRect(0, 0, WIDTH, HEIGHT);
    pen.drawImage(gl.canvas, 0, 0, WIDTH, HEIGHT);
    const data = pen.getImageData(0, 0, WIDTH, HEIGHT).data;
    const changed = !picture || data.some((v, i) => Math.abs(v - picture[i]) > 2);
    picture = data;
    due = false;
    bench.drawn += 1;
    bench.last = performance.now();
    waiting?.({ began, handed_over, shown, changed });
    waiting = null;
  };
  const proto = WebGL2RenderingContext.prototype;
  for (const name of ['drawElements', 'drawArrays', 'drawElementsInstanced', 'drawArraysInstanced', 'drawRangeElements']) {
    const draw = proto[name];
    proto[name] = function (...values) {
      // Draws outside a frame (into a texture, while uploading) are no frame.
      if (!task) {
        task = performance.now();
        queueMicrotask(() => { task = 0; });
      }
      draw.apply(this, values);
      if (!due && this.getParameter(this.FRAMEBUFFER_BINDING) === null) {
        due = true;
        began = task;
        queueMicrotask(() => look(this));
      }
    };
  }
}
