//! `/c/{token}`: a shared configuration, pinned to its edition and price, without signing in.

use crate::frame::WorkBar;
use crate::json::data;
use crate::loading::loaded;
use crate::pages::configure::choices::{from_wire, to_query, words};
use crate::pages::configure::engine::Engine;
use crate::pages::configure::stage::{Stage, Tools, typing};
use crate::pages::configure::state::Config;
use crate::pages::configure::view::View;
use crate::pages::configure::{ExactModel, Who, subject};
use crate::pages::missing::Trouble;
use crate::server_fns;
use contract::{AppError, ErrorKind, PriceFor, SharedPage, format_money};
use leptos::{ev, prelude::*};
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;
use ui::Erase;
use ui::{Kind, LinkButton, Size, Units, when::date};

/// The page behind a link.
#[lazy]
pub fn share_page() -> AnyView {
    let params = use_params_map();
    let token = Memo::new(move |_| params.with(|p| p.get("token").unwrap_or_default()));
    let data = data(move || token.get(), server_fns::open_shared);
    loaded(data, move |shared| match Engine::read(&shared.configurator, PriceFor::default()) {
        Ok(engine) => view! { <Shared engine shared token=token.get_untracked()/> }.erase(),
        Err(words) => view! { <Trouble error=AppError::new(ErrorKind::Unavailable, "old_page", words).into()/> }.erase(),
    })
}

#[component]
fn Shared(engine: Engine, shared: SharedPage, token: String) -> impl IntoView {
    let choices = from_wire(&engine.product, &shared.config_data);
    let query = to_query(&engine.product, &choices);
    let config = Config::new(engine, choices);
    let card = &shared.configurator.card;
    let view = View::new();
    let tools = Tools::new(view, shared.name.clone());
    let model = ExactModel::new(config, view, card.id.clone(), shared.configurator.files.clone());
    model.follow(false);
    Effect::new(move |_| {
        let handle = window_event_listener(ev::keydown, move |ev| {
            if !ev.ctrl_key() && !ev.meta_key() && !ev.alt_key() && !typing(ev.target()) && tools.key(&ev.key()) {
                ev.prevent_default();
            }
        });
        on_cleanup(move || handle.remove());
    });
    let own = if query.is_empty() { format!("/configure/{}", card.id) } else { format!("/configure/{}?{query}", card.id) };
    let answers: Vec<(String, String)> = {
        let engine = config.engine();
        let values = config.shown.with_untracked(|s| s.values.clone());
        engine.product.options.iter().filter_map(|o| Some((o.label.clone(), words(o, values.get(&o.id)?, Units::Mm)))).collect()
    };
    let (variant, currency) = (config.shown.with_untracked(|s| s.variant.clone()), shared.price.total.currency.clone());
    let total = format_money(&currency, shared.price.total.minor);
    let in_room = shared.configurator.files.as_ref().filter(|f| f.usdz_url.is_some()).and_then(contract::JobResult::model_token);
    let paper = format!("/api/v1/shared/{token}/specification.pdf");
    let subject = subject(&shared.configurator, &shared.name, config);
    let saved = date(&shared.saved_at);
    let by = format!("Shared by {}", shared.organization);
    let pinned = format!("{by}. Price and edition stay as on {saved}.");
    let path =
        vec![("Products".to_owned(), "/products".to_owned()), (card.name.clone(), format!("/configure/{}", card.id)), (shared.name.clone(), String::new())];
    view! {
        <Title text=shared.name.clone()/>
        // What chats and mails show of the link; nobody needs it once the page runs.
        {preview(&shared, &total)}
        <div class="configure shared">
            <WorkBar path><span class="lab only-desk">{by}</span></WorkBar>
            <main id="main" class="cfg" tabindex="-1">
                <Stage config view tools subject model who=Who::Visitor/>
                <aside class="panel opts" aria-label="Configuration">
                    <h2 class="sr">"Configuration and price"</h2>
                    <section class="sect" aria-label="About">
                        <header><h3>"Configuration"</h3><span class="lab">{saved.clone()}</span></header>
                        <p class="muted">{pinned}</p>
                        <p><a class="link" download="" href=paper>"Specification as PDF"</a></p>
                        {in_room.map(|token| view! { <p><a class="link" rel="external" href=format!("/ar/{token}")>"See it in your room"</a></p> })}
                    </section>
                    <section class="sect" aria-label="Options">
                        <dl class="summary">{answers.into_iter().map(|(k, v)| view! { <div><dt>{k}</dt><dd>{v}</dd></div> }).collect_view()}</dl>
                    </section>
                    <section class="sect" aria-label="Price">
                        <header><h3>"Price"</h3><span class="lab">{format!("List of {}", date(&shared.price.list_price_date))}</span></header>
                        <table class="t" data-compact="">
                            <tbody>
                                {shared.price.lines.iter().map(|l| view! { <tr><td>{l.label.clone()}</td><td class="r">{format_money(&currency, l.amount.minor)}</td></tr> }).collect_view()}
                                <tr><td class="strong">"Price, excl. tax"</td><td class="r strong">{total.clone()}</td></tr>
                            </tbody>
                        </table>
                    </section>
                </aside>
            </main>
            <footer class="pbar" aria-label="Price">
                <div class="cell variant"><div class="k">"Variant"</div><div class="dim">{variant}</div></div>
                <div class="cell grow stock"><div class="k">"Stock and delivery"</div><div class="w">{shared.configurator.availability.clone()}</div></div>
                <div class="cell total"><span class="k">"Price, excl. tax"</span><span class="v" data-testid="price">{total.clone()}</span></div>
                <div class="cell act"><LinkButton kind=Kind::Main size=Size::Large href=own.clone()>"Configure your own"</LinkButton></div>
            </footer>
            <footer class="phonebar" aria-label="Price">
                <div><div class="lab">"Price, excl. tax"</div><div class="num sum">{total}</div></div>
                <LinkButton kind=Kind::Main size=Size::Large href=own>"Configure your own"</LinkButton>
            </footer>
        </div>
    }
}

/// Title, line and picture for whoever shows a preview of the link.
fn preview(shared: &SharedPage, total: &str) -> AnyView {
    let line = format!("{}, {total} excl. tax. Shared by {}.", shared.configurator.card.name, shared.organization);
    view! {
        <Meta property="og:type" content="product"/>
        <Meta property="og:title" content=shared.name.clone()/>
        <Meta property="og:description" content=line.clone()/>
        <Meta name="description" content=line/>
        {shared.picture.clone().map(|picture| view! { <Meta property="og:image" content=picture/><Meta name="twitter:card" content="summary_large_image"/> })}
    }
    .erase()
}
