//! `/`: the landing page for visitors, the dashboard for people.

mod dashboard;
mod landing;
mod split;

use crate::json::data;
use crate::{server_fns::list_products, use_who};
use contract::ProductQuery;
use leptos::prelude::*;
use ui::Erase;

/// The start page.
#[lazy]
pub fn home_page() -> AnyView {
    let products = data(|| (), |()| list_products(ProductQuery { limit: Some(100), ..ProductQuery::default() }));
    let who = use_who().0;
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match who.await.ok().flatten() {
                    Some(me) => view! { <dashboard::Dashboard me products/> }.erase(),
                    None => view! { <landing::Landing products/> }.erase(),
                }
            })}
        </Suspense>
    }
    .erase()
}
