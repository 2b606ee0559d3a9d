//! `/`: the landing page for visitors, the dashboard for people.

mod dashboard;
mod landing;
mod split;

use crate::{PageError, server_fns::list_products, use_who};
use contract::{Page, ProductCard, ProductQuery};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// The start page.
#[derive(Debug)]
pub struct HomePage {
    products: Resource<Result<Page<ProductCard>, PageError>>,
}

#[lazy_route]
impl LazyRoute for HomePage {
    fn data() -> Self {
        Self { products: Resource::new_blocking(|| (), |()| list_products(ProductQuery { limit: Some(100), ..ProductQuery::default() })) }
    }

    fn view(this: Self) -> AnyView {
        let who = use_who().0;
        let products = this.products;
        view! {
            <Suspense>
                {move || Suspend::new(async move {
                    match who.await.ok().flatten() {
                        Some(me) => view! { <dashboard::Dashboard me products/> }.into_any(),
                        None => view! { <landing::Landing products/> }.into_any(),
                    }
                })}
            </Suspense>
        }
        .into_any()
    }
}
