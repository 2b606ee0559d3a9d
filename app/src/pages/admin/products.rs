//! `/admin/products`: the products that this workspace makes, drafts too.

use crate::json::data;
use crate::loading::{load_page, loaded};
use crate::server_fns::{CopyProduct, list_products};
use contract::{Me, Page, ProductCard, ProductQuery};
use leptos::{form::ActionForm, prelude::*};
use ui::{Button, EmptyState, Erase, Glyph, Icon, LinkButton, Size};

#[component]
pub fn Products(me: Me) -> impl IntoView {
    let list = data(|| (), |()| list_products(ProductQuery { limit: Some(100), ..ProductQuery::default() }));
    let copy = ServerAction::<CopyProduct>::new();
    Effect::new(move |_| {
        if let Some(Ok(to)) = copy.value().get() {
            load_page(&to)
        }
    });
    let refused = move || copy.value().get().and_then(Result::err).map(|e| e.detail());
    view! {
        <section>
            <header class="ph"><div><h1>"Definitions"</h1><p class="muted">{format!("Options, rules, prices and parts of the products of {}.", me.tenant.name)}</p></div></header>
            <div role="alert">{move || refused().map(|words| view! { <p class="refused"><Icon glyph=Glyph::TriangleAlert/><span>{words}</span></p> })}</div>
            {loaded(list, move |page| view! { <Table page copy/> }.erase())}
        </section>
    }
    .erase()
}

#[component]
fn Table(page: Page<ProductCard>, copy: ServerAction<CopyProduct>) -> impl IntoView {
    if page.items.is_empty() {
        return view! { <EmptyState picture="/img/desk-line.webp" text="No products yet. A definition posted to the API makes the first."><LinkButton href="/docs">"Open the API"</LinkButton></EmptyState> }.erase();
    }
    view! {
        <table class="t" on:keydown=ui::column_keys>
            <caption class="sr">"Products"</caption>
            <thead><tr><th>"Name"</th><th>"Model"</th><th class="only-desk-cell">"Category"</th><th class="r only-desk-cell">"Price"</th><th><span class="sr">"Actions"</span></th></tr></thead>
            <tbody>{page.items.into_iter().map(|p| {
                let price = p.price_words();
                view! {
                    <tr>
                        <td class="nm"><a class="link" href=format!("/admin/products/{}", p.id)>{p.name.clone()}</a></td><td class="dim nowrap">{p.sku.clone()}</td>
                        <td class="only-desk-cell">{crate::pages::configure::category_word(&p.category)}</td><td class="r num only-desk-cell">{price}</td>
                        <td class="r"><ActionForm action=copy><input type="hidden" name="id" value=p.id.clone()/><Button size=Size::Small icon=Glyph::Copy submit=true>"Copy"</Button></ActionForm></td>
                    </tr>
                }
            }).collect_view()}</tbody>
        </table>
    }
    .erase()
}
