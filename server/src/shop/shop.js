// What a shop's own script does with the configurator: listens to it, and keeps a cart of its own.
const configurator = document.getElementById('configurator'), told = document.getElementById('told'), cart = document.getElementById('cart');
const item = new URLSearchParams(location.search).get('item');
if (item) configurator.setAttribute('product', item);
for (const link of document.querySelectorAll('[data-item]')) if (link.dataset.item === configurator.getAttribute('product')) link.setAttribute('aria-current', 'page');
for (const name of ['ready', 'config-change', 'price-change', 'add-to-cart', 'request-quote', 'lead-sent', 'error']) {
  configurator.addEventListener(name, ({ detail }) => {
    const said = name === 'price-change' ? detail : detail?.price ?? detail;
    told.value = `${name} ${JSON.stringify(said)}`;
    told.dataset.last = name;
    if (name === 'add-to-cart') cart.textContent = `Cart: ${detail.variant_code}, ${(detail.price.minor / 100).toFixed(2)} ${detail.price.currency}`;
  });
}
