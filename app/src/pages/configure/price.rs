//! The price as one sum: lines + lines = your price. A bar on wide screens, a fixed foot on phones.

use super::state::Config;
use crate::loading::load_page;
use contract::{PriceFor, Pricing, format_money};
use leptos::{ev, html, prelude::*};
use product::PricedLine;
use ui::Erase;
use ui::when::date;
use wasm_bindgen::JsCast;

/// A figure of the bar and the lines behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Words.
    pub label: String,
    /// Minor units.
    pub amount: i64,
    /// What it is made of.
    pub rows: Vec<PricedLine>,
}

/// Cells that fit the bar: the largest lines keep their own, the rest share one. Order stays.
#[must_use]
pub fn cells(lines: &[PricedLine], most: usize) -> Vec<Cell> {
    let lines: Vec<&PricedLine> = lines.iter().filter(|l| l.amount != 0).collect();
    let own = |l: &PricedLine| Cell { label: l.label.clone(), amount: l.amount, rows: vec![l.clone()] };
    if lines.len() <= most {
        return lines.into_iter().map(own).collect();
    }
    let mut by_size: Vec<usize> = (0..lines.len()).collect();
    by_size.sort_by_key(|i| std::cmp::Reverse(lines[*i].amount.unsigned_abs()));
    let large = by_size.get(..most.saturating_sub(1)).unwrap_or_default();
    let (mut out, mut rest) = (Vec::new(), Vec::new());
    for (i, line) in lines.into_iter().enumerate() {
        if large.contains(&i) {
            out.push(own(line));
        } else {
            rest.push(line.clone());
        }
    }
    out.push(Cell { label: [&rest.len().to_string(), " more"].concat(), amount: rest.iter().map(|l| l.amount).sum(), rows: rest });
    out
}

/// Lines with their rules and amounts.
#[component]
fn Lines(rows: Vec<PricedLine>, say: Callback<i64, String>, #[prop(optional)] total: Option<i64>) -> impl IntoView {
    view! {
        <table class="t" data-compact="">
            <thead><tr><th>"Line"</th><th>"Rule"</th><th class="r">"Amount"</th></tr></thead>
            <tbody>
                {rows.into_iter().map(|l| view! { <tr><td>{l.label}</td><td class="rule">{l.rule}</td><td class="r">{say.run(l.amount)}</td></tr> }).collect_view()}
                {total.map(|t| view! { <tr><td class="strong">"Sum"</td><td></td><td class="r strong">{say.run(t)}</td></tr> })}
            </tbody>
        </table>
    }
    .erase()
}

/// All lines of the present price, and what it is asked for.
#[component]
fn HowMade(config: Config, pricing: Pricing, say: Callback<i64, String>) -> impl IntoView {
    let list = move || {
        let terms = config.engine().product.terms.clone();
        terms.map(|t| view! { <p class="muted">{[&t.list, ", from ", &date(&t.since)].concat()}</p> })
    };
    let pieces = move || config.pieces.get();
    view! {
        <div class="pop">
            <p class="head">"How this price is made"</p>
            <Buying config pricing say/>
            {move || config.after.with(|s| view! { <Lines rows=s.lines.clone() say total=s.total/> })}
            {move || (pieces() > 1).then(|| {
                let (each, all) = config.shown.with(|s| (say.run(s.total), say.run(s.total.saturating_mul(i64::from(pieces())))));
                view! { <p class="strong num">{[&pieces().to_string(), " × ", &each, " = ", &all].concat()}</p> }
            })}
            {list}
        </div>
    }
    .erase()
}

/// How many, for whom, in which currency; and what the number does to the price of one. One piece of HTML with one listener: elements one by one would be
/// ten times the code.
#[component]
fn Buying(config: Config, pricing: Pricing, say: Callback<i64, String>) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let pieces = move || config.pieces.get();
    let heard = move |ev: ev::Event| {
        let name = ev.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()).and_then(|e| e.get_attribute("name")).unwrap_or_default();
        let value = event_target_value(&ev);
        if name == PIECES {
            // What is no number of pieces leaves things as they are, and the field says so again.
            let wanted = value.trim().parse().ok().filter(|n| (1..=100_000).contains(n));
            config.buy(wanted.unwrap_or_else(|| untrack(pieces)));
        } else {
            // Other prices are other data: the page is loaded again, with the same choices.
            let value = Some(value).filter(|v| !v.is_empty());
            let mut price = untrack(|| config.price());
            *(if name == CUSTOMER { &mut price.customer } else { &mut price.currency }) = value;
            let path = window().location().pathname().unwrap_or_default();
            load_page(&[&path, "?", &config.query_for(&price)].concat());
        }
    };
    // The other bar's field follows.
    Effect::new(move |_| {
        let n = pieces().to_string();
        let field = node.get().and_then(|d| d.query_selector("input").ok().flatten()).and_then(|e| e.dyn_into::<web_sys::HtmlInputElement>().ok());
        if let Some(field) = field {
            field.set_value(&n);
        }
    });
    let currency = config.engine().product.currency.clone();
    let html = asks(&pricing, &untrack(|| config.price()), &currency, config.framed());
    let tiers = move || {
        let engine = config.engine();
        let tiers = config.after.with(|s| product::terms::tiers(&engine.product, &s.lines));
        let held = tiers.iter().rev().find(|(from, _)| *from <= pieces()).map(|(from, _)| *from);
        let row = |html: String, (from, each): &(u32, i64)| {
            let now = if held == Some(*from) { " aria-current=\"true\"" } else { "" };
            let words = if *from == 1 { "One".to_owned() } else { [&from.to_string(), " or more"].concat() };
            [&html, "<li", now, "><span>", &words, "</span><span class=\"num\">", &ui::escape(&say.run(*each)), "</span></li>"].concat()
        };
        tiers.iter().fold(String::new(), row)
    };
    view! {
        <div class="asks" node_ref=node inner_html=html on:change=heard></div>
        <ul class="tiers" aria-label="Price of one piece by their number" inner_html=tiers></ul>
    }
    .erase()
}

const PIECES: &str = "price.quantity";
const CUSTOMER: &str = "price.customer";

/// Fields of what a price is asked for.
fn asks(pricing: &Pricing, asked: &PriceFor, currency: &str, framed: bool) -> String {
    let select = |html: String, word: &str, name: &str, options: &[(&str, &str)], now: &str| {
        let options = options.iter().fold(String::new(), |html, (value, words)| {
            let chosen = if *value == now { " selected" } else { "" };
            [&html, "<option value=\"", &ui::escape(value), "\"", chosen, ">", &ui::escape(words), "</option>"].concat()
        });
        [
            &html,
            "<label class=\"ask\"><span>",
            word,
            "</span><span class=\"field\"><select name=\"",
            name,
            "\">",
            &options,
            "</select><svg class=\"ic\" data-size=\"s\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">",
            ui::Glyph::ChevronDown.shape(),
            "</svg></span></label>",
        ]
        .concat()
    };
    let n = asked.pieces().to_string();
    let mut html = [
        "<label class=\"ask\"><span>Pieces</span><span class=\"field\"><input type=\"number\" name=\"",
        PIECES,
        "\" min=\"1\" max=\"100000\" inputmode=\"numeric\" data-testid=\"pieces\" value=\"",
        &n,
        "\"></span></label>",
    ]
    .concat();
    if !pricing.customers.is_empty() {
        let all: Vec<(&str, &str)> = std::iter::once(("", "Everyone")).chain(pricing.customers.iter().map(|c| (c.as_str(), c.as_str()))).collect();
        html = select(html, "Prices for", CUSTOMER, &all, asked.customer.as_deref().unwrap_or_default());
    }
    if pricing.currencies.len() > 1 && !framed {
        let all: Vec<(&str, &str)> = pricing.currencies.iter().map(|c| (c.as_str(), c.as_str())).collect();
        html = select(html, "Currency", "price.currency", &all, currency);
    }
    html
}

/// What stands over the figure.
fn over(config: Config, say: Callback<i64, String>) -> impl Fn() -> String + Copy + Send + 'static {
    move || match config.pieces.get() {
        1 => "Your price, excl. tax".to_owned(),
        n => config.shown.with(|s| [&n.to_string(), " × ", &say.run(s.total), ", excl. tax"].concat()),
    }
}

/// The figure: of all pieces together.
fn figure(config: Config) -> Memo<i64> {
    Memo::new(move |_| config.shown.with(|s| s.total).saturating_mul(i64::from(config.pieces.get())))
}

/// Escape shuts the lines that the focus is in, and goes back to their figure.
fn shut(ev: ev::KeyboardEvent) {
    let open = ev.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()).and_then(|t| t.closest("details[open]").ok().flatten());
    let Some(open) = open.filter(|_| ev.key() == "Escape") else { return };
    ev.stop_propagation();
    let _ = open.remove_attribute("open");
    if let Some(figure) = open.query_selector("summary").ok().flatten().and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = figure.focus();
    }
}

/// The product's money in words. A currency stays as long as the page.
fn speaker(config: Config) -> Callback<i64, String> {
    let currency = config.engine().product.currency.clone();
    Callback::new(move |minor: i64| format_money(&currency, minor))
}

/// The bar along the foot; each figure opens the lines behind it. `children` is the main action.
#[component]
pub fn PriceBar(config: Config, pricing: Pricing, availability: String, children: ui::Kids) -> impl IntoView {
    let say = speaker(config);
    let sum = Memo::new(move |_| config.shown.with(|s| cells(&s.lines, 3)));
    let total = figure(config);
    view! {
        <footer class="pbar" aria-label="Price" on:keydown=shut>
            <div class="cell variant"><div class="k">"Variant"</div><div class="dim">{move || config.shown.with(|s| s.variant.clone())}</div></div>
            <div class="cell grow stock"><div class="k">"Stock and delivery"</div><div class="w">{availability}</div></div>
            {move || sum.get().into_iter().enumerate().map(|(i, Cell { label, amount, rows })| {
                let op = if amount < 0 { "−" } else { "+" };
                view! {
                    {(i > 0).then(|| view! { <span class="op" aria-hidden="true">{op}</span> })}
                    <details class="cell line breakdown" name="price">
                        <summary><span class="k" title=label.clone()>{label.clone()}</span><span class="v">{say.run(if i > 0 { amount.abs() } else { amount })}</span></summary>
                        <div class="pop"><Lines rows say/></div>
                    </details>
                }
            }).collect_view()}
            <span class="op" aria-hidden="true" data-n=move || (config.pieces.get() > 1).then_some("")>{move || match config.pieces.get() { 1 => "=".to_owned(), n => ["× ", &n.to_string(), " ="].concat() }}</span>
            <details class="cell total breakdown" name="price">
                <summary><span class="k">{over(config, say)}</span><Total total=total.into() say/></summary>
                <HowMade config pricing say/>
            </details>
            <div class="cell act">{children.run()}</div>
        </footer>
    }
}

/// The new figure stands at once; the old one is struck and fades.
#[component]
fn Total(total: Signal<i64>, say: Callback<i64, String>) -> impl IntoView {
    let before = RwSignal::new(None::<i64>);
    Effect::new(move |last: Option<i64>| {
        let now = total.get();
        if let Some(last) = last.filter(|l| *l != now) {
            before.set(Some(last));
        }
        now
    });
    view! {
        <span class="v" data-testid="price">{move || say.run(total.get())}
            {move || before.get().map(|b| view! { <s class="gone" aria-hidden="true">{say.run(b)}</s> })}
        </span>
    }
}

/// The foot on a phone.
#[component]
pub fn PhoneBar(config: Config, pricing: Pricing, children: ui::Kids) -> impl IntoView {
    let (say, total) = (speaker(config), figure(config));
    view! {
        <footer class="phonebar" aria-label="Price" on:keydown=shut>
            <details class="breakdown">
                <summary><span class="k lab">{over(config, say)}</span><span class="num sum">{move || say.run(total.get())}</span></summary>
                <HowMade config pricing say/>
            </details>
            {children.run()}
        </footer>
    }
}

#[cfg(test)]
mod tests {
    use super::cells;
    use product::PricedLine;

    fn line(label: &str, amount: i64) -> PricedLine {
        PricedLine { id: label.into(), label: label.into(), amount, rule: String::new() }
    }

    #[test]
    fn the_sum_stays_the_sum_however_many_lines_there_are() {
        let lines = [line("Frame", 49_900), line("Top", 35_280), line("Tray", 6_400), line("Handset", 4_500), line("Nothing", 0), line("Discount", -1_000)];
        for most in 1..7 {
            let cells = cells(&lines, most);
            assert!(cells.len() <= most.max(1), "{most}: {cells:?}");
            assert_eq!(cells.iter().map(|c| c.amount).sum::<i64>(), 95_080);
            assert!(cells.iter().all(|c| c.rows.iter().map(|r| r.amount).sum::<i64>() == c.amount), "{most}: {cells:?}");
        }
        let short: Vec<_> = cells(&lines, 3).into_iter().map(|c| (c.label, c.amount, c.rows.len())).collect();
        assert_eq!(short, vec![("Frame".to_owned(), 49_900, 1), ("Top".to_owned(), 35_280, 1), ("3 more".to_owned(), 9_900, 3)]);
    }
}
