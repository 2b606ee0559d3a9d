//! Filters and search of the catalogue, and how they stand in the address.

use crate::json::Data;
use crate::{PageError, loading::encode};
use contract::{Amount, CategoryCount, ProductQuery};
use leptos::{ev, html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate, params::ParamsMap};
use std::time::Duration;
use ui::Erase;
use ui::{Button, Check, Glyph, Icon};
use wasm_bindgen::JsCast;

/// Reads the query of the address; what can't be read is left out.
pub fn read_query(q: &ParamsMap) -> ProductQuery {
    let text = |name: &str| q.get(name).map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let on = |name: &str| text(name).is_some_and(|v| v == "on" || v == "true");
    ProductQuery {
        search: text("search"),
        category: q
            .get_all("category")
            .unwrap_or_default()
            .iter()
            .flat_map(|c| c.split(','))
            .map(str::trim)
            .filter(|c| !c.is_empty())
            .map(ToOwned::to_owned)
            .collect(),
        min_price: text("minPrice").and_then(|t| major(&t)),
        max_price: text("maxPrice").and_then(|t| major(&t)),
        in_stock_only: on("inStockOnly"),
        configurable: on("configurable").then_some(true),
        limit: Some(24),
        cursor: text("cursor"),
    }
}

/// `1,250.50` as people write it.
fn major(text: &str) -> Option<Amount> {
    let clean: String = text.chars().filter(|c| !matches!(c, ',' | ' ' | '$' | '€' | '£' | '¥')).collect();
    Amount::parse(&clean)
}

fn as_major(amount: Option<Amount>) -> String {
    amount.map(|a| a.to_string()).unwrap_or_default()
}

/// Address of the next page under the same filters.
pub fn with_cursor(q: &ProductQuery, cursor: &str) -> String {
    let mut pairs: Vec<(&str, String)> = q.category.iter().map(|c| ("category", c.clone())).collect();
    pairs.extend(q.search.clone().map(|s| ("search", s)));
    pairs.extend(q.min_price.map(|p| ("minPrice", as_major(Some(p)))));
    pairs.extend(q.max_price.map(|p| ("maxPrice", as_major(Some(p)))));
    if q.in_stock_only {
        pairs.push(("inStockOnly", "on".into()))
    }
    if q.configurable == Some(true) {
        pairs.push(("configurable", "on".into()))
    }
    pairs.push(("cursor", cursor.to_owned()));
    address(&pairs)
}

fn address(pairs: &[(&str, String)]) -> String {
    let query: Vec<String> = pairs.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| format!("{k}={}", encode(v))).collect();
    if query.is_empty() { "/products".to_owned() } else { format!("/products?{}", query.join("&")) }
}

const FIELDS: [&str; 6] = ["search", "category", "inStockOnly", "configurable", "minPrice", "maxPrice"];

/// What the form says now, as an address.
fn address_of(form: &web_sys::HtmlFormElement) -> Option<String> {
    let data = web_sys::FormData::new_with_form(form).ok()?;
    let pairs: Vec<(&str, String)> = FIELDS
        .iter()
        .flat_map(|name| data.get_all(name).iter().filter_map(|v| v.as_string()).map(|v| (*name, v.trim().to_owned())).collect::<Vec<_>>())
        .collect();
    Some(address(&pairs))
}

/// `kitchen` as `Kitchen`.
fn title(slug: &str) -> String {
    let mut chars = slug.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars.map(|c| if matches!(c, '-' | '_') { ' ' } else { c })).collect()).unwrap_or_default()
}

/// Search and filters: one GET form. With script every change takes effect at once, typing after a short rest.
#[component]
pub fn Filters(query: Memo<ProductQuery>, counts: Data<Result<Vec<CategoryCount>, PageError>>) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    let navigate = use_navigate();
    let apply = Callback::new(move |()| {
        if let Some(to) = form.get_untracked().and_then(|f| address_of(&f)) {
            navigate(&to, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
        }
    });
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let soon = move || {
        if let Some(old) = timer.get_value() {
            old.clear()
        }
        timer.set_value(set_timeout_with_handle(move || apply.run(()), Duration::from_millis(250)).ok());
    };
    on_cleanup(move || {
        if let Some(Some(t)) = timer.try_get_value() {
            t.clear()
        }
    });
    Effect::new(move |_| {
        let handle = window_event_listener(ev::keydown, move |ev| {
            let typing = ev
                .target()
                .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
                .is_some_and(|e| matches!(e.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"));
            if ev.key() == "/"
                && !typing
                && !ev.ctrl_key()
                && !ev.meta_key()
                && let Some(el) = document().get_element_by_id("search").and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok())
            {
                ev.prevent_default();
                el.focus().ok();
            }
        });
        on_cleanup(move || handle.remove());
    });
    let first = query.get_untracked();
    view! {
        <form class="flt-form" method="get" action="/products" role="search" node_ref=form
            on:submit=move |ev: ev::SubmitEvent| { ev.prevent_default(); apply.run(()) }
            on:input=move |ev: ev::Event| if ev.target().and_then(|t| t.dyn_into::<web_sys::HtmlInputElement>().ok()).is_some_and(|i| i.type_() == "search") { soon() }
            on:change=move |_| apply.run(())>
            <header class="ph">
                <h1>"Products"</h1>
                <div class="find-row"><ui::SearchField label="Search name, SKU or use" name="search" value=first.search.clone().unwrap_or_default() key_hint="/"/></div>
            </header>
            <div class="flt">
                <input type="checkbox" class="sr show" id="show-filters" aria-label="Show filters"/>
                <label class="btn only-phone" data-kind="second" for="show-filters" aria-hidden="true"><Icon glyph=Glyph::SlidersHorizontal/>"Filters"</label>
                <div class="sheet">
                <Transition>
                    {move || Suspend::new(async move {
                        let counts = counts.await.unwrap_or_default();
                        (!counts.is_empty()).then(|| view! {
                            <fieldset class="fg"><legend>"Category"</legend>
                                {counts.into_iter().map(|c| {
                                    let slug = c.category.clone();
                                    let on = Signal::derive(move || query.with(|q| q.category.contains(&slug)));
                                    view! { <Check label=title(&c.category) name="category" value=c.category.clone() checked=on figure=Some(c.count.to_string())/> }
                                }).collect_view()}
                            </fieldset>
                        })
                    })}
                </Transition>
                <fieldset class="fg"><legend>"Availability"</legend><Check label="In stock" name="inStockOnly" checked=Signal::derive(move || query.with(|q| q.in_stock_only))/></fieldset>
                <fieldset class="fg"><legend>"Configurable"</legend><Check label="In 3D" name="configurable" checked=Signal::derive(move || query.with(|q| q.configurable == Some(true)))/></fieldset>
                <fieldset class="fg"><legend>"Price"</legend>
                    <div class="flex items-center gap-2">
                        <span class="field grow" data-size="s"><span class="unit" aria-hidden="true">"$"</span><input name="minPrice" inputmode="decimal" aria-label="Lowest price" value=as_major(first.min_price)/></span><span class="faint">"to"</span>
                        <span class="field grow" data-size="s"><span class="unit" aria-hidden="true">"$"</span><input name="maxPrice" inputmode="decimal" aria-label="Highest price" value=as_major(first.max_price)/></span>
                    </div>
                </fieldset>
                <div class="flex gap-2"><noscript><Button submit=true>"Apply"</Button></noscript>{move || (with_cursor(&query.get(), "") != "/products").then(|| view! { <a class="link text-12 py-1" href="/products">"Clear all"</a> })}</div>
                </div>
            </div>
        </form>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_as_people_write_them() {
        for (text, read) in [
            ("500", "500"),
            ("1,250.50", "1250.50"),
            ("$3.5", "3.50"),
            ("1,250.005", "1250.005"),
            ("-1", ""),
            ("cheap", ""),
            ("9999999999999999", ""),
            ("", ""),
        ] {
            assert_eq!(as_major(major(text)), read, "{text}");
        }
    }

    #[test]
    fn the_address_says_only_what_was_chosen() {
        let q = ProductQuery { search: Some("oak desk".into()), category: vec!["desks".into()], in_stock_only: true, ..ProductQuery::default() };
        assert_eq!(with_cursor(&q, "x="), "/products?category=desks&search=oak%20desk&inStockOnly=on&cursor=x%3D");
        assert_eq!(title("fire-place"), "Fire place");
    }
}
