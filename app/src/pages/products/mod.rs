//! `/products`: the catalogue. The query is the state: filters are a GET form, so the page works without script and every view has an address.

mod filters;

use crate::json::data;
use crate::{
    frame::{Frame, Nav},
    loading::loaded,
    pictures::ProductPicture,
    server_fns::{count_categories, list_products},
};
use contract::{Page, ProductCard, ProductQuery};
use filters::{Filters, read_query};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use ui::Erase;
use ui::{EmptyState, LinkButton};

/// The catalogue.
#[lazy]
pub fn products_page() -> AnyView {
    let params = use_query_map();
    let query = Memo::new(move |_| params.with(read_query));
    let list = data(move || query.get(), list_products);
    let counts = data(move || ProductQuery { category: Vec::new(), cursor: None, ..query.get() }, count_categories);
    view! {
        <Title text="Products"/>
        <Frame nav=Nav::Products>
            <div class="pg">
                <Filters query counts/>
                <section>{loaded(list, move |page| view! { <Grid page query/> }.erase())}</section>
            </div>
        </Frame>
    }
    .erase()
}

#[component]
fn Grid(page: Page<ProductCard>, query: Memo<ProductQuery>) -> impl IntoView {
    let count = page.items.len();
    let more = page.next_cursor.clone();
    let filtered = query.with_untracked(|q| *q != ProductQuery { limit: q.limit, ..ProductQuery::default() });
    let words = match (count, more.is_some()) {
        (1, _) => "1 product".to_owned(),
        (n, false) => format!("{n} products"),
        (n, true) => format!("{n} products, and more below"),
    };
    let list = if count == 0 {
        let text = if filtered {
            "No product fits these filters. Take one away, or search for less."
        } else {
            "No products yet. They appear here once one is published."
        };
        view! { <EmptyState picture="/img/storage-line.webp" text=text>{filtered.then(|| view! { <LinkButton href="/products">"Show all products"</LinkButton> })}</EmptyState> }.erase()
    } else {
        view! { <div class="grid">{page.items.into_iter().enumerate().map(|(i, card)| view! { <Card card eager=i < 3/> }).collect_view()}</div> }.erase()
    };
    view! {
        <p class="muted count" role="status"><span class="num">{words}</span>". Prices from list, excl. tax"</p>
        {list}
        {more.map(|cursor| view! { <p class="mt-8 text-center"><LinkButton href=filters::with_cursor(&query.get_untracked(), &cursor)>"Show the next products"</LinkButton></p> })}
    }.erase()
}

#[component]
fn Card(card: ProductCard, eager: bool) -> impl IntoView {
    let d = card.dimensions_mm;
    let outer = format!(
        "{} × {} × {} mm",
        ui::format_length(d.width, ui::Units::Mm),
        ui::format_length(d.depth, ui::Units::Mm),
        ui::format_length(d.height, ui::Units::Mm)
    );
    let (href, name, sku, price, stock) = (format!("/configure/{}", card.id), card.name.clone(), card.sku.clone(), card.price_words(), card.in_stock);
    let size = if card.size_range.is_empty() { outer.clone() } else { card.size_range.clone() };
    let word = if card.configurable { "Configure" } else { "Open" };
    view! {
        <a class="card" href=href>
            <span class="t"><ProductPicture card eager/><span class="outer dim" aria-hidden="true">{outer}</span><span class="quick btn" data-kind="main" data-size="s" aria-hidden="true">{word}</span></span>
            <span class="m"><span class="min-w-0"><b>{name}</b><span class="dim faint">{sku}</span></span><span class="num strong nowrap">{price}</span></span>
            <span class="m"><span class="dim muted">{size}</span>{if stock { view! { <span class="text-green">"In stock"</span> }.erase() } else { view! { <span class="faint">"Made to order"</span> }.erase() }}</span>
        </a>
    }
    .erase()
}
