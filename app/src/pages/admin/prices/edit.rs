//! One price list: its settings, and beside them what it makes of the products.

use super::rows::{Ask, Column, Row, Rows, RowsTable};
use crate::loading::load_page;
use crate::server_fns::{remove_price_list, save_price_list, try_price_list};
use contract::{
    BreakRow, FieldError, GradeRow, PriceDesk, PriceList, PriceListSettings, PriceRow, PriceRules, PriceTrial, Priceable, RateRow, RoundingRule, format_money,
    minor_digits,
};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;
use ui::{Button, Check, Dialog, Erase, Glyph, Icon, Kind, Select, SelectOption};

/// Rest after the last key before the server tries the list.
const REST: Duration = Duration::from_millis(400);

/// The list while it is written.
#[derive(Clone, Copy)]
struct Draft {
    name: RwSignal<String>,
    currency: RwSignal<String>,
    customer: RwSignal<String>,
    on_request: RwSignal<bool>,
    starts: RwSignal<String>,
    ends: RwSignal<String>,
    changes: Rows,
    grades: Rows,
    breaks: Rows,
    rates: Rows,
    way: RwSignal<String>,
    to: RwSignal<String>,
    products: StoredValue<Vec<Priceable>>,
}

impl Draft {
    fn new(of: &PriceListSettings, products: Vec<Priceable>) -> Self {
        let rules = &of.rules;
        let own_currency = |sku: &str| products.iter().find(|p| p.grades.iter().any(|g| g.0 == sku)).map_or("USD", |p| p.currency.as_str());
        let changes = rules.changes.iter().map(|r| {
            let (kind, value) = match (r.percent, r.amount_minor) {
                (_, Some(minor)) => ("amount", major(&of.currency, minor)),
                (percent, None) => ("percent", percent.map(|p| p.to_string()).unwrap_or_default()),
            };
            vec![r.sku.clone(), r.line.clone(), value, kind.to_owned()]
        });
        let grades = rules.grades.iter().map(|g| vec![format!("{}/{}", g.sku, g.grade), major(own_currency(&g.sku), g.price_minor)]);
        let breaks = rules.breaks.iter().map(|b| vec![b.sku.clone(), b.from.to_string(), b.percent.to_string()]);
        let rates = rules.rates.iter().map(|r| vec![r.from.clone(), r.rate.clone()]);
        let rounding = rules.rounding.clone().unwrap_or_default();
        Self {
            name: RwSignal::new(of.name.clone()),
            currency: RwSignal::new(of.currency.clone()),
            customer: RwSignal::new(of.customer.clone().unwrap_or_default()),
            on_request: RwSignal::new(of.on_request),
            starts: RwSignal::new(of.starts.clone()),
            ends: RwSignal::new(of.ends.clone().unwrap_or_default()),
            changes: Rows::new(changes.collect()),
            grades: Rows::new(grades.collect()),
            breaks: Rows::new(breaks.collect()),
            rates: Rows::new(rates.collect()),
            to: RwSignal::new(if rounding.to_minor > 0 { major(&of.currency, rounding.to_minor) } else { String::new() }),
            way: RwSignal::new(rounding.way),
            products: StoredValue::new(products),
        }
    }

    /// As it stands. What is no number is left out or impossible, so that the server says so at its place.
    fn settings(self) -> PriceListSettings {
        let currency = self.currency.get().trim().to_uppercase();
        let given = |text: String| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
        let changes = |r: &Row| {
            let amount = r.get(3) == "amount";
            let (percent, minor) = (number(&r.get(2)), minor(&currency, &r.get(2)));
            PriceRow { sku: r.get(0), line: r.get(1), percent: percent.filter(|_| !amount), amount_minor: minor.filter(|_| amount) }
        };
        let grades = |r: &Row| {
            let (sku, grade) = r.get(0).split_once('/').map(|(s, g)| (s.to_owned(), g.to_owned())).unwrap_or_default();
            let own = self.products.with_value(|all| all.iter().find(|p| p.grades.iter().any(|g| g.0 == sku)).map_or_else(String::new, |p| p.currency.clone()));
            GradeRow { sku, grade, price_minor: minor(&own, &r.get(1)).unwrap_or(-1) }
        };
        let breaks = |r: &Row| BreakRow { sku: r.get(0), from: r.get(1).parse().unwrap_or(0), percent: number(&r.get(2)).map_or(-1.0, f64::abs) };
        let rates = |r: &Row| RateRow { from: r.get(0), rate: r.get(1).replace(',', ".") };
        let rounding = given(self.way.get()).map(|way| RoundingRule { to_minor: minor(&currency, &self.to.get()).unwrap_or(0), way });
        PriceListSettings {
            name: self.name.get(),
            customer: given(self.customer.get()),
            on_request: self.on_request.get(),
            starts: self.starts.get(),
            ends: given(self.ends.get()),
            rules: PriceRules {
                changes: self.changes.rows.with(|rows| rows.iter().map(changes).collect()),
                grades: self.grades.rows.with(|rows| rows.iter().map(grades).collect()),
                breaks: self.breaks.rows.with(|rows| rows.iter().map(breaks).collect()),
                rates: self.rates.rows.with(|rows| rows.iter().map(rates).collect()),
                rounding,
            },
            currency,
        }
    }

    /// Products to choose from, after `all`.
    fn skus(self, all: &str) -> Vec<SelectOption> {
        let own = self.products.with_value(|p| p.iter().map(|p| SelectOption::new(p.sku.clone(), format!("{}, {}", p.name, p.sku))).collect::<Vec<_>>());
        std::iter::once(SelectOption::new("", all)).chain(own).collect()
    }

    /// Lines of a product's price.
    fn lines(self, sku: &str) -> Vec<SelectOption> {
        let own = self.products.with_value(|all| all.iter().find(|p| p.sku == sku).map(|p| p.lines.clone()).unwrap_or_default());
        let words = own.into_iter().map(|(id, words)| SelectOption::new(id, words.split(", {").next().unwrap_or_default().replace(['{', '}'], "")));
        std::iter::once(SelectOption::new("", "All lines")).chain(words).collect()
    }

    fn graded(self) -> Vec<SelectOption> {
        let words = |p: &Priceable| {
            let one = |(sku, letter, price): &(String, String, i64)| {
                SelectOption::new(format!("{sku}/{letter}"), format!("{}, grade {letter} (now {})", p.name, format_money(&p.currency, *price)))
            };
            p.grades.iter().map(one).collect::<Vec<_>>()
        };
        std::iter::once(SelectOption::new("", "Choose a grade")).chain(self.products.with_value(|all| all.iter().flat_map(words).collect::<Vec<_>>())).collect()
    }
}

/// `12.5`, `−12,5 %`.
fn number(text: &str) -> Option<f64> {
    text.trim().replace('−', "-").replace(',', ".").trim_end_matches('%').trim().parse().ok().filter(|n: &f64| n.is_finite())
}

/// Minor units as people write them.
fn major(currency: &str, minor: i64) -> String {
    let digits = minor_digits(currency) as usize;
    let unit = 10_i64.pow(minor_digits(currency));
    if digits == 0 { minor.to_string() } else { format!("{}.{:0digits$}", minor / unit, minor % unit) }
}

/// The same, read; `None` for what is no amount of the currency.
fn minor(currency: &str, text: &str) -> Option<i64> {
    let places = 4 - minor_digits(currency);
    let units = contract::Amount::parse(&text.trim().replace(',', "."))?.units();
    let by = 10_i64.pow(places);
    (units % by == 0).then_some(units / by)
}

/// A labelled field bound to a signal.
fn field(label: &'static str, id: &'static str, kind: &'static str, value: RwSignal<String>, faults: Signal<Vec<FieldError>>, may_write: bool) -> AnyView {
    let wrong = move || faults.with(|all| all.iter().find(|f| f.pointer.strip_prefix('/') == Some(id)).map(|f| f.message.clone()));
    view! {
        <div class="control">
            <div class="top"><label for=id>{label}</label></div>
            <div class="field" data-invalid=move || wrong().map(|_| "true")>
                <input id=id type=kind disabled=!may_write autocomplete="off" value=value.get_untracked() prop:value=move || value.get() on:input=move |ev| value.set(event_target_value(&ev))/>
            </div>
            {move || wrong().map(|words| view! { <p class="error"><Icon glyph=Glyph::TriangleAlert size="s"/>{words}</p> })}
        </div>
    }
    .erase()
}

#[component]
pub fn Editor(list: PriceList, desk: PriceDesk) -> impl IntoView {
    let may_write = desk.may_write;
    let new = list.id.is_empty();
    let customers: Vec<String> = desk.lists.iter().filter_map(|l| l.settings.customer.clone()).collect();
    let draft = Draft::new(&list.settings, desk.products);
    let settings = Memo::new(move |_| draft.settings());
    let (faults, tried) = (RwSignal::new(Vec::<FieldError>::new()), RwSignal::new(None::<Vec<PriceTrial>>));
    let (trouble, busy, asking) = (RwSignal::new(None::<String>), RwSignal::new(false), RwSignal::new(false));
    let turn = StoredValue::new(0_u32);
    // Tried after a moment of rest; only the answer to the last state counts.
    Effect::new(move |_| {
        let mut now = settings.get();
        // What it does can be seen before it has a name.
        if now.name.trim().is_empty() {
            now.name = "This list".to_owned();
        }
        turn.update_value(|n| *n = n.wrapping_add(1));
        let mine = turn.get_value();
        set_timeout(
            move || {
                if turn.try_get_value() != Some(mine) {
                    return;
                }
                spawn_local(async move {
                    let answer = try_price_list(now).await;
                    if turn.try_get_value() != Some(mine) {
                        return;
                    }
                    match answer {
                        Ok(found) => {
                            faults.set(Vec::new());
                            trouble.set(None);
                            tried.set(Some(found));
                        }
                        Err(e) => tell(&e, faults, trouble),
                    }
                });
            },
            REST,
        );
    });
    let (id, revision) = (StoredValue::new(list.id.clone()), list.revision);
    let save = move |()| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let id = Some(id.get_value()).filter(|id| !id.is_empty());
            match save_price_list(id, settings.get_untracked(), (!new).then_some(revision)).await {
                Ok(to) => load_page(&to),
                Err(e) => {
                    busy.set(false);
                    tell(&e, faults, trouble);
                }
            }
        });
    };
    let remove = move |()| {
        spawn_local(async move {
            asking.set(false);
            match remove_price_list(id.get_value()).await {
                Ok(()) => load_page("/admin/prices"),
                Err(e) => trouble.set(Some(e.detail())),
            }
        });
    };
    let choice = |options: Callback<Row, Vec<SelectOption>>| Ask::Choice(options);
    let product = move || choice(Callback::new(move |_| draft.skus("All products")));
    let changes = vec![
        Column { label: "Product", ask: product() },
        Column { label: "Line", ask: choice(Callback::new(move |row: Row| draft.lines(&row.get(0)))) },
        Column { label: "Change", ask: Ask::Text("-12") },
        Column { label: "As", ask: choice(Callback::new(move |_| vec![SelectOption::new("percent", "Percent"), SelectOption::new("amount", "Amount")])) },
    ];
    let grades = vec![Column { label: "Grade", ask: choice(Callback::new(move |_| draft.graded())) }, Column { label: "Price", ask: Ask::Text("24.40") }];
    let breaks = vec![
        Column { label: "Product", ask: product() },
        Column { label: "From pieces", ask: Ask::Text("10") },
        Column { label: "Percent off", ask: Ask::Text("5") },
    ];
    let rates = vec![Column { label: "From currency", ask: Ask::Text("USD") }, Column { label: "Rate", ask: Ask::Text("0.92") }];
    let faults_now = Signal::derive(move || faults.get());
    let ways = vec![
        SelectOption::new("", "Not rounded"),
        SelectOption::new("nearest", "To the nearest"),
        SelectOption::new("up", "Up to"),
        SelectOption::new("down", "Down to"),
    ];
    let title = if new { "New price list".to_owned() } else { list.settings.name.clone() };
    let words = if may_write { "What was saved under it keeps its price." } else { "Your role looks at price lists." };
    view! {
        <leptos_meta::Title text=title.clone()/>
        <section class="pricing">
            <header class="ph">
                <div><p class="crumb"><a href="/admin/prices">"Price lists"</a></p><h1>{title}</h1><p class="muted">{words}" "{(!new).then(|| super::state(&list.state))}</p></div>
                {may_write.then(|| view! {
                    <div class="flex flex-wrap gap-2">
                        {(!new).then(|| view! { <Button kind=Kind::Danger on_press=move |()| asking.set(true)>"Remove"</Button> })}
                        <Button kind=Kind::Main busy=busy on_press=save>{if new { "Make it" } else { "Save" }}</Button>
                    </div>
                })}
            </header>
            <noscript><p class="refused">"Price lists are changed with script switched on."</p></noscript>
            <div role="alert">{move || trouble.get().map(|words| view! { <p class="refused"><Icon glyph=Glyph::TriangleAlert/><span>{words}</span></p> })}</div>
            <div class="bench-halves">
                <div>
                    <section class="sect fields">
                        <h3 class="head">"Whose, and when"</h3>
                        {field("Name", "name", "text", draft.name, faults_now, may_write)}
                        <div class="grid grid-cols-2 gap-2 items-end">
                            <div>{field("Customer, or empty for everyone", "customer", "text", draft.customer, faults_now, may_write)}</div>
                            <div>{field("Currency", "currency", "text", draft.currency, faults_now, may_write)}</div>
                            <div>{field("First day", "starts", "date", draft.starts, faults_now, may_write)}</div>
                            <div>{field("Until, this day no more", "ends", "date", draft.ends, faults_now, may_write)}</div>
                        </div>
                        {(!customers.is_empty()).then(|| view! { <p class="hint">{format!("Customers so far: {}.", customers.join(", "))}</p> })}
                        <Check label="Only when its currency is asked for" name="on_request" checked=draft.on_request on_change=move |on| if may_write { draft.on_request.set(on) }/>
                    </section>
                    <RowsTable table=draft.changes title="Changes" hint="Of several that fit, the one that names product and line holds, then the one that names the product." add="Add a change" columns=changes blank=vec!["", "", "", "percent"] pointer="/rules/changes" faults=faults_now may_write/>
                    <RowsTable table=draft.breaks title="Volume breaks" hint="Off the price of each piece, from so many on." add="Add a break" columns=breaks blank=vec!["", "", ""] pointer="/rules/breaks" faults=faults_now may_write/>
                    <RowsTable table=draft.grades title="Grades" hint="Other prices of grades, in the product's own currency." add="Add a grade" columns=grades blank=vec!["", ""] pointer="/rules/grades" faults=faults_now may_write/>
                    <RowsTable table=draft.rates title="Rates" hint="For products priced in other currencies. Without a rate they keep their own price." add="Add a rate" columns=rates blank=vec!["", ""] pointer="/rules/rates" faults=faults_now may_write/>
                    <section class="sect rows" style="--columns:2">
                        <h3 class="head">"Rounding"</h3>
                        <p class="hint">"Of the price of one piece, after all else."</p>
                        <ul><li>
                            <Select label="Rounding" name="way" options=ways value=draft.way on_change=move |v| draft.way.set(v)/>
                            <div class="field" hidden=move || draft.way.with(String::is_empty)><input aria-label="Multiples of" placeholder="5.00" disabled=!may_write value=draft.to.get_untracked() prop:value=move || draft.to.get() on:input=move |ev| draft.to.set(event_target_value(&ev))/></div>
                            {move || faults.with(|all| all.iter().find(|f| f.pointer.starts_with("/rules/rounding")).map(|f| f.message.clone())).map(|words| view! { <p class="error"><Icon glyph=Glyph::TriangleAlert size="s"/>{words}</p> })}
                        </li></ul>
                    </section>
                </div>
                <Trial tried=tried.into()/>
            </div>
        </section>
        <Dialog title="Remove this price list" text="From now on, its customers see the prices of the next list that fits." open=asking>
            <div class="acts"><Button on_press=move |()| asking.set(false)>"Keep"</Button><Button kind=Kind::Danger on_press=remove>"Remove"</Button></div>
        </Dialog>
    }
    .erase()
}

/// Faults at their places, the rest above the form.
fn tell(e: &crate::PageError, faults: RwSignal<Vec<FieldError>>, trouble: RwSignal<Option<String>>) {
    trouble.set(e.error.errors.is_empty().then(|| e.detail()));
    faults.set(e.error.errors.clone());
}

/// What the list makes of the products.
#[component]
fn Trial(tried: Signal<Option<Vec<PriceTrial>>>) -> impl IntoView {
    let row = |t: PriceTrial| {
        let say = |m: &contract::Money| format_money(&m.currency, m.minor);
        let breaks: Vec<String> = t.breaks.iter().map(|(from, price)| format!("{from}+ {}", say(price))).collect();
        let listed = match (&t.listed, &t.why_not) {
            (Some(price), _) if *price == t.own => view! { <span class="muted">"the same"</span> }.erase(),
            (Some(price), _) => view! { <span class="strong">{say(price)}</span> }.erase(),
            (None, why) => view! { <span class="muted">{why.clone().unwrap_or_default()}</span> }.erase(),
        };
        view! {
            <tr><td class="nm"><a class="link" href=format!("/configure/{}", t.product_id)>{t.name}</a><span class="dim muted">{t.sku}</span></td><td class="r num">{say(&t.own)}</td>
                <td class="r num">{listed}{(!breaks.is_empty()).then(|| view! { <span class="under">{breaks.join(", ")}</span> })}</td></tr>
        }
        .erase()
    };
    view! {
        <section class="sect trial" aria-label="What it makes of the products">
            <h3 class="head">"What it makes of the products"</h3>
            <p class="hint">"Each as it comes, one piece."</p>
            {move || match tried.get() {
                None => view! { <p class="muted" role="status">"Working it out…"</p> }.erase(),
                Some(all) => view! {
                    <table class="t" data-compact="" data-testid="trial">
                        <caption class="sr">"Prices under this list"</caption>
                        <thead><tr><th>"Product"</th><th class="r">"Own price"</th><th class="r">"Under this list"</th></tr></thead>
                        <tbody>{all.into_iter().map(row).collect_view()}</tbody>
                    </table>
                }.erase(),
            }}
        </section>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_percentages_are_read_as_people_write_them() {
        for (text, expected) in [("-12", Some(-12.0)), ("−12,5 %", Some(-12.5)), (" 3.25% ", Some(3.25)), ("a", None), ("", None), ("inf", None)] {
            assert_eq!(number(text), expected, "{text}");
        }
        for (currency, text, expected) in [
            ("USD", "499", Some(49_900)),
            ("USD", "499,5", Some(49_950)),
            ("USD", "0.005", None),
            ("JPY", "1500", Some(1_500)),
            ("JPY", "1500.5", None),
            ("KWD", "1.005", Some(1_005)),
            ("USD", "-1", None),
        ] {
            assert_eq!(minor(currency, text), expected, "{currency} {text}");
            if let Some(amount) = expected {
                assert_eq!(minor(currency, &major(currency, amount)), Some(amount));
            }
        }
    }
}
