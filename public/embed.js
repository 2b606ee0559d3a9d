/* <fitout-configurator embed="emb_…" product="SKU" config theme locale currency loading>: a configurator of Fitout in any page. No dependency, no global style.
   Attributes, events and methods: see /docs/embed on the server that this file comes from. */
(() => {
  const home = new URL(document.currentScript?.src ?? document.querySelector('script[src*="/embed.js"]')?.src ?? location.href).origin;
  const version = 1;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`:host { display: block; position: relative; min-height: 352px; contain: content; }
    :host([hidden]) { display: none !important; }
    .box { position: relative; width: 100%; height: var(--fitout-height, 720px); overflow: hidden; }
    iframe { position: absolute; inset: 0; width: 100%; height: 100%; border: 0; color-scheme: auto; }
    img { position: absolute; inset: 0; margin: auto; max-width: 100%; max-height: 100%; object-fit: contain; }
    .there img { display: none; }
    .note { position: absolute; inset: auto 16px 16px; padding: 12px 16px; background: #fff; color: #1a1c1b; border: 1px solid #b9bdbb; font: 14px/20px system-ui, sans-serif; max-width: 60ch; }
    .note b { display: block; } .note ul { margin: 4px 0 0; padding-left: 18px; }`);

  class FitoutConfigurator extends HTMLElement {
    static observedAttributes = ['embed', 'product', 'config', 'theme', 'locale', 'currency', 'loading'];
    #frame; #port; #box; #asked = new Map(); #next = 1; #timers = []; #seen; #queue = []; #awake = false; #watch; #sight; #wish = []; #trouble;

    connectedCallback() {
      if (!this.shadowRoot) {
        this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet];
        this.#box = document.createElement('div');
        this.#box.className = 'box';
        this.#box.part = 'box';
        this.shadowRoot.append(this.#box);
      }
      this.#poster();
      // Lazy: the frame is made when it comes near.
      this.#seen = new IntersectionObserver((entries) => { if (entries.some((e) => e.isIntersecting)) { this.#seen.disconnect(); this.#open(); } }, { rootMargin: '200px' });
      this.#seen.observe(this);
      if (this.#queue.length) this.#now();
      if (this.#awake) return;
      // The frame rests until a person is there, so that it costs the page nothing: the first sign of one while it can be seen. What programs make up is none.
      let visible, early = false;
      this.#sight = new IntersectionObserver((entries) => {
        visible = entries.at(-1).isIntersecting;
        if (visible && early) this.#wake();
        early = false;
      });
      this.#sight.observe(this);
      this.#watch = new AbortController();
      const sign = ({ isTrusted }) => { if (isTrusted && visible) this.#wake(); else if (isTrusted && visible === undefined) early = true; };
      for (const name of ['pointermove', 'pointerdown', 'touchstart', 'wheel', 'keydown', 'click', 'focusin']) addEventListener(name, sign, { passive: true, capture: true, signal: this.#watch.signal });
    }

    disconnectedCallback() { this.#seen?.disconnect(); this.#rest(); this.#shut(); this.#box.replaceChildren(); }

    /** No longer looks for a person. */
    #rest() { this.#sight?.disconnect(); this.#watch?.abort(); }

    #wake() {
      this.#rest();
      if (!this.#awake) this.#port?.postMessage({ v: version, type: 'wake' });
      this.#awake = true;
    }

    attributeChangedCallback(name, before, now) {
      if (before === now || !this.#box) return;
      if (name === 'loading') { if (now === 'eager') this.#wake(); return; }
      if (!this.#frame) return this.#poster();
      if (name === 'config' && this.#port && this.#awake) { const wish = this.#config(); if (wish) this.setConfiguration(wish).catch((e) => this.#say('error', { code: 'config', message: e.message })); return; }
      this.#shut();
      this.#open();
    }

    /** Everything about the present configuration: `{ product, configuration, values, valid, variant_code, price }`. */
    getConfiguration() { return this.#ask('getConfiguration'); }
    /** Sets explicit choices; options left out take their default. Fails with a sentence for what does not fit. */
    setConfiguration(configuration) { return this.#ask('setConfiguration', configuration); }
    /** Chooses one value; fails with the reason where a rule forbids it. */
    setOption(option, value) { return this.#ask('setOption', { option, value }); }
    /** What is seen, as the data address of a PNG. */
    screenshot() { return this.#ask('screenshot'); }
    /** Opens the form that asks for a quote. */
    requestQuote() { return this.#ask('requestQuote'); }

    #attribute(name) { return this.getAttribute(name)?.trim() || ''; }

    /** `config` as an object, when it is written as one. */
    #config() {
      const text = this.#attribute('config');
      const typed = (word) => (/^(true|false|-?(0|[1-9]\d*)(\.\d+)?)$/.test(word) ? JSON.parse(word) : word);
      if (!text.startsWith('{')) return text ? Object.fromEntries([...new URLSearchParams(text)].map(([name, word]) => [name, typed(word)])) : null;
      try { return JSON.parse(text); } catch { this.#say('error', { code: 'config', message: 'config is neither a query nor JSON.' }); return null; }
    }

    #address() {
      const query = new URLSearchParams({ 'embed.loading': this.#awake || this.#attribute('loading') === 'eager' ? 'eager' : 'lazy' });
      for (const name of ['product', 'theme', 'locale', 'currency']) if (this.#attribute(name)) query.set(`embed.${name}`, this.#attribute(name));
      // Elements of a nest as the configurator's own links say them.
      const element = (one) => Object.entries(one?.options ?? {}).reduce((text, [name, value]) => `${text}~${name}.${value}`, '/1');
      const said = (value) => (Array.isArray(value) ? value.reduce((text, one) => text + element(one), value[0]?.product ?? '') : value);
      const config = this.#attribute('config');
      const wish = config.startsWith('{') ? Object.entries(this.#config() ?? {}).map(([name, value]) => [name, said(value)]) : [...new URLSearchParams(config)];
      this.#wish = wish.filter(([name]) => !name.includes('.'));
      for (const [name, value] of this.#wish) query.append(name, value);
      return `${home}/embed/${encodeURIComponent(this.#attribute('embed'))}?${query}`;
    }

    #poster() {
      if (!this.#attribute('embed')) return;
      const picture = new Image();
      picture.alt = '';
      picture.loading = 'lazy';
      picture.onerror = () => picture.remove();
      picture.src = `${home}/api/v1/embeds/${encodeURIComponent(this.#attribute('embed'))}/poster?${new URLSearchParams({ product: this.#attribute('product') })}`;
      this.#box.replaceChildren(picture);
    }

    /** Somebody wants it: it is not waited for until it comes near. */
    #now() { this.#seen.disconnect(); if (!this.#frame) this.#open(); }

    #open() {
      if (!/^emb_[\w-]+$/.test(this.#attribute('embed'))) { this.#help(['The attribute embed="emb_…" is missing. Copy the snippet from Fitout\u2019s page for embeds.']); return; }
      const frame = document.createElement('iframe');
      frame.title = this.#attribute('title') || 'Product configurator';
      frame.allow = 'fullscreen; xr-spatial-tracking; clipboard-write';
      frame.src = this.#address();
      this.#frame = frame;
      this.#box.append(frame);
      // The page inside may be ready before or after this: say hello until it answers.
      const hello = () => {
        if (this.#port || this.#frame !== frame) return;
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = (event) => this.#hear(port1, frame, event.data);
        try { frame.contentWindow?.postMessage({ fitout: 'hello', v: version }, home, [port2]); } catch { /* it is on its way */ }
      };
      this.#timers = [setInterval(hello, 250), setTimeout(() => this.#diagnose(), 12_000)];
    }

    #shut() {
      this.#timers.forEach((timer) => { clearInterval(timer); clearTimeout(timer); });
      this.#port?.close();
      this.#frame?.remove();
      this.#frame = this.#port = undefined;
      this.#refuse('The configurator was closed.');
      this.#clear();
      this.#box.classList.remove('there');
      this.#box.style.height = '';
    }

    /** No trouble any more. */
    #clear() { this.#trouble = undefined; this.shadowRoot.querySelector('.note')?.remove(); }

    /** Nothing that was asked for will be answered. */
    #refuse(words) {
      for (const { no } of this.#asked.values()) no(new Error(words));
      this.#asked.clear();
      this.#queue = [];
    }

    #hear(port, frame, message) {
      if (message?.v !== version || this.#frame !== frame) return;
      const { type, detail, answers } = message;
      if (type === 'hello') {
        if (this.#port) return;
        this.#port = port;
        this.#timers.forEach((timer) => { clearInterval(timer); clearTimeout(timer); });
        this.#box.classList.add('there');
        this.#clear();
        if (this.#awake) port.postMessage({ v: version, type: 'wake' });
        this.#queue.splice(0).forEach((wish) => port.postMessage(wish));
      } else if (type === 'answer' || type === 'refused') {
        const asked = this.#asked.get(answers);
        this.#asked.delete(answers);
        if (asked) type === 'answer' ? asked.yes(detail) : asked.no(new Error(detail));
      } else if (type === 'resize') {
        this.#box.style.height = detail.height > 0 ? `${Math.min(Math.ceil(detail.height), 20_000)}px` : '';
      } else if (['ready', 'config-change', 'price-change', 'add-to-cart', 'request-quote', 'lead-sent', 'error'].includes(type)) {
        this.#say(type, detail);
        if (type === 'ready' && !detail.closed) {
          this.#wake();
          const lost = this.#wish.map(([name]) => name).filter((name) => !(name in detail.configuration));
          if (lost.length) this.#say('error', { code: 'config', message: `The product has no such option, or no such value of it: ${lost.join(', ')}.` });
        }
      }
    }

    #say(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true })); }

    #ask(type, detail) {
      const id = this.#next++;
      return new Promise((yes, no) => {
        this.#asked.set(id, { yes, no });
        const wish = { v: version, type, detail, id };
        if (this.#port) return this.#port.postMessage(wish);
        if (this.#trouble) { this.#asked.delete(id); return no(new Error(this.#trouble)); }
        if (this.#queue.length > 49) { this.#asked.delete(id); return no(new Error('The configurator is not there yet.')); }
        this.#queue.push(wish);
        if (this.isConnected) this.#now();
      });
    }

    /** The frame did not answer: finds out why, and tells whoever builds the page. */
    async #diagnose() {
      const embed = this.#attribute('embed');
      let problems;
      try {
        const query = new URLSearchParams({ origin: location.origin, product: this.#attribute('product') });
        ({ problems } = await (await fetch(`${home}/api/v1/embeds/${encodeURIComponent(embed)}/check?${query}`, { credentials: 'omit' })).json());
      } catch {
        problems = [`${home} can’t be reached from this page. If the page has a content security policy, it needs: script-src, frame-src, connect-src and img-src ${home}.`];
      }
      if (this.#port) return;
      if (!problems?.length) problems = [`The frame did not answer. If the page has a content security policy, it needs: frame-src ${home}.`];
      this.#help(problems);
    }

    #help(problems) {
      const note = document.createElement('div'), head = document.createElement('b'), list = document.createElement('ul');
      note.className = note.part = 'note';
      note.setAttribute('role', 'alert');
      head.textContent = 'This configurator can’t be shown';
      list.append(...problems.map((words) => Object.assign(document.createElement('li'), { textContent: words })));
      note.append(head, list);
      this.#clear();
      this.#box.append(note);
      this.#refuse(this.#trouble = problems.join(' '));
      this.#say('error', { code: 'embed', message: problems.join(' ') });
    }
  }
  if (!customElements.get('fitout-configurator')) customElements.define('fitout-configurator', FitoutConfigurator);
})();
