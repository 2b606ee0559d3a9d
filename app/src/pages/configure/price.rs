//! The price as one sum: lines + lines = your price. A bar on wide screens, a fixed foot on phones.

use super::state::Config;
use contract::format_money;
use leptos::prelude::*;
use product::PricedLine;

/// Cells that fit the bar: the largest lines keep their own, the rest share one. Order stays.
#[must_use]
pub fn cells(lines: &[PricedLine], most: usize) -> Vec<(String, i64)> {
    let lines: Vec<&PricedLine> = lines.iter().filter(|l| l.amount != 0).collect();
    if lines.len() <= most {
        return lines.iter().map(|l| (l.label.clone(), l.amount)).collect();
    }
    let mut by_size: Vec<usize> = (0..lines.len()).collect();
    by_size.sort_by_key(|i| std::cmp::Reverse(lines[*i].amount.unsigned_abs()));
    let own = by_size.get(..most.saturating_sub(1)).unwrap_or_default();
    let mut out: Vec<(String, i64)> = Vec::new();
    let mut rest: Option<(usize, i64)> = None;
    for (i, line) in lines.iter().enumerate() {
        if own.contains(&i) {
            out.push((line.label.clone(), line.amount));
        } else {
            let (count, sum) = rest.unwrap_or_default();
            rest = Some((count + 1, sum + line.amount));
        }
    }
    if let Some((count, sum)) = rest {
        out.push((format!("{count} more"), sum));
    }
    out
}

/// The bar along the foot. `children` is the main action.
#[component]
pub fn PriceBar(config: Config, availability: String, children: ui::Kids) -> impl IntoView {
    let currency = StoredValue::new(config.engine().product.currency.clone());
    let say = move |minor: i64| currency.with_value(|c| format_money(c, minor));
    let sum = Memo::new(move |_| config.shown.with(|s| cells(&s.lines, 3)));
    let total = Memo::new(move |_| config.shown.with(|s| s.total));
    view! {
        <footer class="pbar" aria-label="Price">
            <div class="cell variant"><div class="k">"Variant"</div><div class="dim">{move || config.shown.with(|s| s.variant.clone())}</div></div>
            <div class="cell grow stock"><div class="k">"Stock and delivery"</div><div class="w">{availability}</div></div>
            {move || sum.get().into_iter().enumerate().map(|(i, (label, minor))| {
                let op = if minor < 0 { "−" } else { "+" };
                view! {
                    {(i > 0).then(|| view! { <span class="op" aria-hidden="true">{op}</span> })}
                    <div class="cell line"><div class="k" title=label.clone()>{label.clone()}</div><div class="v">{say(if i > 0 { minor.abs() } else { minor })}</div></div>
                }
            }).collect_view()}
            <span class="op" aria-hidden="true">"="</span>
            <details class="cell total breakdown">
                <summary><span class="k">"Your price, excl. tax"</span><Total total=total.into() say=Callback::new(say)/></summary>
                <div class="pop">
                    <p class="head">"How this price is made"</p>
                    <table class="t" data-compact="">
                        <thead><tr><th>"Line"</th><th>"Rule"</th><th class="r">"Amount"</th></tr></thead>
                        <tbody>
                            {move || config.shown.with(|s| s.lines.clone()).into_iter().map(|l| view! {
                                <tr><td>{l.label}</td><td class="rule">{l.rule}</td><td class="r">{say(l.amount)}</td></tr>
                            }).collect_view()}
                            <tr><td class="strong">"Sum"</td><td></td><td class="r strong">{move || say(total.get())}</td></tr>
                        </tbody>
                    </table>
                </div>
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
pub fn PhoneBar(config: Config, children: ui::Kids) -> impl IntoView {
    let currency = config.engine().product.currency.clone();
    view! {
        <footer class="phonebar" aria-label="Price">
            <div><div class="lab">"Your price, excl. tax"</div><div class="num sum">{move || config.shown.with(|s| format_money(&currency, s.total))}</div></div>
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
            assert_eq!(cells.iter().map(|c| c.1).sum::<i64>(), 95_080);
        }
        assert_eq!(cells(&lines, 3), vec![("Frame".to_owned(), 49_900), ("Top".to_owned(), 35_280), ("3 more".to_owned(), 9_900)]);
    }
}
