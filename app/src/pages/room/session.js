// A model in the room around a person, by WebXR: runs the session, finds the floor, and says where the model stands. What draws it is handed in.
// Source of spaces, features and events: W3C WebXR Device API, WebXR Hit Test, WebXR DOM Overlays.
(() => {
  const { xr } = navigator;
  const words = { looking: 'Point at the floor, and move a little.', found: 'Tap to put it down.', standing: 'Drag to turn it. Tap to pick it up again.' };
  // Ahead of somebody who looks at no floor: as far as this.
  const furthest = 12;
  // Milliseconds for a device that looks for floors to find one.
  const patience = 4000;

  /** The point of the floor that is looked at: where the device has found one, or else, when it finds none for a while, at the height that it takes for the
      floor. */
  const find = (frame, pose, space, source, patient) => {
    for (const hit of source ? frame.getHitTestResults(source) : []) {
      const { matrix, position } = hit.getPose(space)?.transform ?? {};
      // Of a hit the second axis stands upright on what was hit: walls are none.
      if (matrix && matrix[5] > 0.9) return [position.x, position.y, position.z];
    }
    const { matrix: m } = pose.transform;
    if ((source && patient) || m[9] < 0.1) return null;
    const far = m[13] / m[9];
    return far > 0 && far < furthest ? [m[12] - far * m[8], 0, m[14] - far * m[10]] : null;
  };

  /** Runs a session until it ends. `prepare()` answers what draws: (width, height, eyes, place); see `product_view::stand`. */
  const begin = async (canvas, overlay, prepare) => {
    // At once: the browser wants to see the press that this comes from.
    const session = await xr.requestSession('immersive-ar', { requiredFeatures: ['local-floor'], optionalFeatures: ['hit-test', 'dom-overlay'], domOverlay: { root: overlay } });
    const status = overlay.querySelector('[role=status]');
    const say = (state) => { if (overlay.dataset.state !== state) { overlay.dataset.state = state; status.textContent = words[state] ?? ''; } };
    const ended = new Promise((yes) => { session.addEventListener('end', yes, { once: true }); });
    const leaving = new AbortController(), hear = (on, name, then) => on.addEventListener(name, then, { signal: leaving.signal });
    overlay.hidden = false;
    say('looking');
    const gl = canvas.getContext('webgl2', { xrCompatible: true, alpha: true, antialias: true }), bind = gl?.bindFramebuffer;
    try {
      // What people are told is a text, what the browser says an error.
      if (!gl) throw 'This device can’t draw the model.';
      await gl.makeXRCompatible();
      const layer = new XRWebGLLayer(session, gl);
      session.updateRenderState({ baseLayer: layer, depthNear: 0.05, depthFar: 60 });
      // Whoever draws knows a screen; in here that is the frame of the session.
      gl.bindFramebuffer = (target, buffer) => bind.call(gl, target, buffer ?? layer.framebuffer);
      const space = await session.requestReferenceSpace('local-floor');
      const source = await session.requestReferenceSpace('viewer').then((viewer) => session.requestHitTestSource({ space: viewer })).catch(() => null);
      let draw, at = null, stands = false, facing = 0, turned = 0, drag = null, far = false, since = 0;
      hear(session, 'select', () => {
        if (far) { far = false; return; }
        if (at) { stands = !stands; turned = stands ? turned : 0; }
      });
      hear(overlay, 'pointerdown', (e) => { drag = e.clientX; far = false; });
      hear(overlay, 'pointermove', (e) => {
        if (drag === null || (!far && Math.abs(e.clientX - drag) < 8)) return;
        turned += (e.clientX - drag) * 0.01;
        [drag, far] = [e.clientX, true];
      });
      hear(overlay, 'pointerup', () => { drag = null; });
      // A press of a button is no tap on the floor.
      hear(overlay, 'beforexrselect', (e) => { if (e.target.closest('button')) e.preventDefault(); });
      for (const button of overlay.querySelectorAll('button')) hear(button, 'click', () => (button.name === 'leave' ? session.end() : (turned += Math.PI / 4)));
      const step = (now, frame) => {
        session.requestAnimationFrame(step);
        const pose = frame.getViewerPose(space);
        if (!pose || !draw) return;
        if (!stands) {
          since ||= now;
          at = find(frame, pose, space, source, at || now - since < patience) ?? at;
          const { x, z } = pose.transform.position;
          if (at) facing = Math.atan2(x - at[0], z - at[2]);
        }
        say(!at ? 'looking' : stands ? 'standing' : 'found');
        if (!at) return;
        const eyes = pose.views.flatMap((view) => {
          const { x, y, width, height } = layer.getViewport(view);
          return [...view.transform.inverse.matrix, ...view.projectionMatrix, x, y, width, height];
        });
        draw(layer.framebufferWidth, layer.framebufferHeight, Float32Array.from(eyes), Float32Array.of(...at, facing + turned));
      };
      session.requestAnimationFrame(step);
      draw = await prepare();
      await ended;
    } finally {
      leaving.abort();
      if (gl) gl.bindFramebuffer = bind;
      overlay.hidden = true;
      delete overlay.dataset.state;
      session.end().catch(() => {});
    }
  };

  window.fitoutRoom = { begin, supported: xr ? xr.isSessionSupported('immersive-ar').catch(() => false) : Promise.resolve(false) };
})();
