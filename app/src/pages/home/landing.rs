//! The landing page.

use super::split::Split;
use crate::json::Data;
use crate::{PageError, frame::SkipLink, pictures::ProductPicture};
use contract::{Page, ProductCard};
use leptos::prelude::*;
use leptos_meta::Title;
use ui::Erase;
use ui::{Glyph, Icon, Kind, LinkButton, Logo, Mark, Size, TitleBlock};

type Products = Data<Result<Page<ProductCard>, PageError>>;

/// For visitors: what it is, the figure, six products, one example of each promise.
#[component]
pub fn Landing(products: Products) -> impl IntoView {
    view! {
        <Title text="From an empty floor to delivered furniture"/>
        <div class="landing">
            <SkipLink/>
            <header class="top">
                <Logo size=24/>
                <nav aria-label="Main"><a href="/products">"Products"</a><a href="/docs">"API"</a></nav>
                <span class="grow"></span>
                <a class="btn only-desk" data-kind="ghost" href="/auth/login">"Sign in"</a>
                <LinkButton kind=Kind::Second href="/auth/signup">"Start free"</LinkButton>
            </header>
            <main id="main" tabindex="-1">
                <Suspense>
                    {move || Suspend::new(async move {
                        let items = products.await.map(|p| p.items).unwrap_or_default();
                        view! { <Hero items=items.clone()/><Six items/> }
                    })}
                </Suspense>
                <Promises/>
            </main>
            <Foot/>
        </div>
    }
    .erase()
}

#[component]
fn Hero(items: Vec<ProductCard>) -> impl IntoView {
    let desk = items.iter().find(|p| p.sku.starts_with("DESK")).cloned();
    let (href, word) = match &desk {
        Some(d) => (format!("/configure/{}", d.id), format!("Open the {}", d.name)),
        None => ("/products".to_owned(), "See the products".to_owned()),
    };
    let count = items.len();
    let facts = vec![
        ui::Fact::new("Project", "Harbour Row, floor 3"),
        ui::Fact::new("Area", "208.8 m²"),
        ui::Fact::new("Work places", "18"),
        ui::Fact::new(
            "To configure now",
            match count {
                1 => "1 product".to_owned(),
                n => format!("{n} products"),
            },
        ),
    ];
    view! {
        <section class="hero">
            <Split/>
            <div class="say">
                <h1>"From an empty floor to delivered furniture"</h1>
                <p>"Products that know their rules, sizes and prices. Configure them in 3D, see why and what it costs, and get the exact model."</p>
                <div class="cta">
                    <LinkButton kind=Kind::Main size=Size::Large href="/auth/signup">"Start free"</LinkButton>
                    <LinkButton kind=Kind::Second size=Size::Large href>{word}</LinkButton>
                </div>
                <p class="note">"The configurator opens without an account."</p>
            </div>
            <TitleBlock facts>
                {desk.map(|d| view! { <div class="grow text-right tot"><dt class="k">{format!("{}, excl. tax", d.name)}</dt><dd class="v">{d.price_words()}</dd></div> })}
            </TitleBlock>
        </section>
    }
    .erase()
}

#[component]
fn Six(items: Vec<ProductCard>) -> impl IntoView {
    let total = items.len();
    let shown: Vec<_> = items.into_iter().filter(|p| p.configurable).take(6).collect();
    let words = match shown.len() {
        1 => "One product you can configure now".to_owned(),
        2 => "Two products you can configure now".to_owned(),
        n @ 3..=5 => format!("{n} products you can configure now"),
        _ => "Six products you can configure now".to_owned(),
    };
    let few = (shown.len() < 4).then_some("");
    (!shown.is_empty()).then(|| view! {
        <section class="six">
            <header><h2>{words}</h2><a class="link" href="/products">{format!("All {total} products")}</a></header>
            <div class="g" data-few=few>
                {shown.into_iter().map(|card| {
                    let (href, name, price, size) = (format!("/configure/{}", card.id), card.name.clone(), card.price_words(), card.size_range.clone());
                    view! { <a class="mini" href=href><span class="pic"><ProductPicture card/></span><b>{name}</b><span class="num muted">{price}</span><span class="dim faint">{size}</span></a> }
                }).collect_view()}
            </div>
        </section>
    })
}

/// One example of each promise, as still pictures made of the real parts.
#[component]
fn Promises() -> impl IntoView {
    view! {
        <section class="promises">
            <h2>"What it does, by example"</h2>
            <div class="g">
                <figure>
                    <div class="exhibit" inert=true aria-hidden="true">
                        <div class="why">
                            <h4><Icon glyph=Glyph::Ruler/>"2200 mm does not go with this frame"</h4>
                            <p class="reason">"Tops over 2.0 m need the heavy frame."</p>
                            <div class="fix"><span class="btn" data-kind="repair" data-first="">"Use the heavy frame, 2200 mm"<span class="num">"+$198.40"</span></span></div>
                        </div>
                    </div>
                    <figcaption><b>"It says why"</b><span class="muted">"What is blocked names the rule, the choices behind it, and the cheapest way out. Nothing is merely grey."</span></figcaption>
                </figure>
                <figure>
                    <div class="exhibit" inert=true aria-hidden="true">
                        <p class="head mb-2">"Depth"</p>
                        <div class="seg" data-prices="">
                            <span class="cell"><span>"700 mm"</span><span class="opt-price">"−$44.10"</span></span>
                            <span class="cell" data-on=""><span>"800 mm"</span><span class="opt-price">"included"</span></span>
                            <span class="cell"><span>"900 mm"</span><span class="opt-price">"+$44.10"</span></span>
                        </div>
                    </div>
                    <figcaption><b>"The price stands before the choice"</b><span class="muted">"Every answer shows its effect. The total is one sum, with the rule behind each line."</span></figcaption>
                </figure>
                <figure>
                    <div class="exhibit" inert=true aria-hidden="true">
                        <div class="progress">
                            <div class="flex justify-between"><b class="strong">"Exact model"</b><span class="num muted">"64 %, about 6 s"</span></div>
                            <div class="prog" data-state="running"><b class="w-[64%]"></b></div>
                            <span class="lab">"Cutting edges. You can keep choosing."</span>
                        </div>
                    </div>
                    <figcaption><b>"The exact model follows"</b><span class="muted">"3D changes in the same frame. Blender makes the exact model behind it, as GLB or USDZ, to the millimetre."</span></figcaption>
                </figure>
            </div>
        </section>
    }
    .erase()
}

#[component]
fn Foot() -> impl IntoView {
    view! {
        <footer class="foot">
            <span class="logo"><Mark size=20/>"Fitout"</span>
            <nav aria-label="Foot"><a href="/products">"Products"</a><a href="/docs">"API"</a><a href="/health">"Health"</a><a href="/auth/login">"Sign in"</a><a href="/auth/signup">"Start free"</a></nav>
        </footer>
    }
    .erase()
}
