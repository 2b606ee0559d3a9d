// Does what a person did before the page's code was there again once it is (`data-hydrated` on the root). Links, forms and <details> work by
// themselves and are left alone. A control that waits is marked `aria-busy`.
(() => {
  const root = document.documentElement, kinds = ['click', 'input', 'change', 'keydown'], noted = [];
  const note = (event) => {
    const { target, type } = event;
    const inside = (selector) => target.closest?.(selector);
    if (!event.isTrusted || inside('form, a[href], summary')) return;
    const slider = inside('.slider'), button = inside('button');
    let control = target, does = [type];
    if (type === 'click') {
      control = slider ?? button;
      if (slider) does = ['pointerdown', 'pointerup'];
      if (!control) return;
    } else if (type === 'keydown') {
      if (!inside('[role=radio], [role=slider]') || !/^(Arrow|Page|Home|End)/.test(event.key)) return;
      event.preventDefault();
    }
    const { checked, value } = target, field = type === 'input' || type === 'change';
    const state = !field ? {} : target.type === 'checkbox' ? { checked } : { value };
    control.setAttribute('aria-busy', 'true');
    noted.push(() => {
      control.removeAttribute('aria-busy');
      if (type === 'keydown') control.focus();
      Object.assign(control, state);
      for (const name of does) control.dispatchEvent(new (slider && type === 'click' ? PointerEvent : event.constructor)(name, event));
    });
  };
  for (const kind of kinds) addEventListener(kind, note, true);
  new MutationObserver((_, watch) => {
    if (!root.dataset.hydrated) return;
    watch.disconnect();
    for (const kind of kinds) removeEventListener(kind, note, true);
    setTimeout(() => noted.forEach((again) => again()));
  }).observe(root, { attributes: true });
})();
