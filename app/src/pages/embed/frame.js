// Between the page inside the frame and the page around it: a handshake with exact origins, then one channel. What has to be known to our server is
// asked with a token that this document gets for itself; it stands in no address, and the page around never sees it.
(() => {
  const root = document.getElementById('embed'), version = 1, most = 60;
  const allowed = [...root.dataset.origins.split(' '), location.origin];
  let port, origin = parent === window ? location.origin : '', token, over = 0, hear, second = 0, count = 0;
  const out = [], inbox = [];
  const send = (type, detail, answers) => {
    const message = { v: version, type, detail, answers };
    if (port) return port.postMessage(message);
    if (type === 'resize') out.splice(0, out.length, ...out.filter((m) => m.type !== type));
    if (out.length < most) out.push(message);
  };
  // Until somebody is there, the page rests as the server wrote it: its code comes with the first sign of a person, here or in the page around, or with a
  // wish of that page. Without a page around, or where it asks for that, at once.
  let wake;
  const woken = new Promise((yes) => { wake = yes; });
  const closed = root.querySelector('.closed');
  if (!closed && (parent === window || new URLSearchParams(location.search).get('embed.loading') !== 'lazy')) wake();
  // A screen reader may send no more than a click.
  const signs = closed ? [] : ['pointermove', 'pointerdown', 'mousedown', 'touchstart', 'wheel', 'keydown', 'focusin', 'click', 'input', 'change'];
  for (const sign of signs) addEventListener(sign, (event) => { if (event.isTrusted) wake(); }, { capture: true, passive: true });
  const take = ({ data }) => {
    const now = Math.floor(performance.now() / 1000);
    if (now !== second) { second = now; count = 0; }
    // More than a person or a program of good will sends: the rest of this second is dropped, and that is said once.
    if (++count > most) { if (count === most + 1) send('error', { code: 'flood', message: `More than ${most} messages a second: the rest is dropped.` }); return; }
    if (data?.v !== version || typeof data.type !== 'string') return;
    if (closed) return data.id === undefined || send('refused', 'This configurator is closed at present.', data.id);
    wake();
    if (data.type === 'wake') return;
    if (hear) hear(data); else if (inbox.length < most) inbox.push(data);
  };
  addEventListener('message', (event) => {
    const { data, ports, source } = event;
    if (port || source !== parent || source === window || data?.fitout !== 'hello' || !ports[0] || !allowed.includes(event.origin)) return;
    if (data.v !== version) return ports[0].postMessage({ v: version, type: 'error', detail: { code: 'version', message: `This configurator speaks version ${version}: load embed.js again.` } });
    [port] = ports;
    origin = event.origin;
    port.onmessage = take;
    port.postMessage({ v: version, type: 'hello' });
    out.splice(0).forEach((message) => port.postMessage(message));
    bearer().catch((error) => send('error', { code: 'token', message: error.message }));
  });
  const post = async (path, body, headers) => {
    const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body), credentials: 'omit' });
    const text = await response.text();
    if (response.ok) return text;
    let said; try { said = JSON.parse(text); } catch { said = {}; }
    throw Object.assign(new Error(said.errors?.[0]?.message ?? said.detail ?? 'The server did not answer as it should. Try again.'), { pointer: said.errors?.[0]?.pointer ?? '' });
  };
  const bearer = async () => {
    if (!origin) throw new Error('This is a preview: nothing is sent from here.');
    if (Date.now() > over) {
      const answer = JSON.parse(await post(`/api/v1/embeds/${root.dataset.embed}/token`, { origin }));
      token = answer.token;
      over = Date.now() + (answer.expires_in - 60) * 1000;
    }
    return token;
  };
  window.fitoutEmbed = {
    send, woken,
    listen(then) { hear = then; inbox.splice(0).forEach(then); },
    async ask(path, body) { return post(path, body, { authorization: `Bearer ${await bearer()}`, 'idempotency-key': crypto.randomUUID?.() ?? String(Math.random()) }); },
  };
  // Narrow, everything stands below each other and the frame grows with it; wide, the page fills whatever height it is given.
  const narrow = matchMedia('(max-width: 760px)');
  const measure = () => send('resize', { height: narrow.matches ? Math.ceil(root.getBoundingClientRect().height) : 0 });
  new ResizeObserver(measure).observe(root);
  if (closed) {
    document.documentElement.dataset.hydrated = 'true';
    send('ready', { closed: true });
  }
  narrow.addEventListener('change', measure);
})();
