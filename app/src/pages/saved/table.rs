//! Tables of what differs.

use contract::{Difference, Money, PriceChange, TextChange};
use leptos::prelude::*;
use ui::{Erase, delta, money};

/// Options that differ, then those that do not; `names` stand over the two columns.
#[component]
pub fn Options(options: Vec<TextChange>, alike: Vec<TextChange>, names: [String; 2]) -> impl IntoView {
    let [first, second] = names;
    let cell = |text: Option<String>| text.unwrap_or_else(|| "not there".to_owned());
    view! {
        <table class="t" data-compact="">
            <thead><tr><th>"Option"</th><th>{first}</th><th>{second}</th></tr></thead>
            <tbody>
                {options.into_iter().map(|o| view! { <tr data-differs=""><th scope="row">{o.label}</th><td>{cell(o.was)}</td><td><mark>{cell(o.now)}</mark></td></tr> }).collect_view()}
                {alike.into_iter().map(|o| { let words = cell(o.now); view! { <tr class="alike"><th scope="row">{o.label}</th><td>{words.clone()}</td><td>{words}</td></tr> } }).collect_view()}
            </tbody>
        </table>
    }
    .erase()
}

/// Price lines of both sides, with the difference of each.
#[component]
pub fn Prices(d: Difference, names: [String; 2]) -> impl IntoView {
    let [first, second] = names;
    let amount = |m: &Option<Money>| m.as_ref().map(money);
    let row = move |PriceChange { label, was, now }: PriceChange| {
        let by = difference(was.as_ref(), now.as_ref());
        let differs = by.is_some().then_some("");
        view! {
            <tr data-differs=differs><th scope="row">{label}</th><td class="r num">{amount(&was)}</td><td class="r num">{amount(&now)}</td><td class="r num nowrap">{by.map(|t| view! { <mark>{t}</mark> })}</td></tr>
        }
    };
    let sum = PriceChange { label: "Price, excl. tax".to_owned(), was: d.was.price, now: d.now.price };
    view! {
        <table class="t" data-compact="">
            <thead><tr><th>"Line"</th><th class="r">{first}</th><th class="r">{second}</th><th class="r">"Difference"</th></tr></thead>
            <tbody>{d.lines.into_iter().map(row).collect_view()}</tbody>
            <tfoot>{row(sum)}</tfoot>
        </table>
    }
    .erase()
}

/// `+$44.10`; nothing when both are alike. Amounts of two currencies are not subtracted.
fn difference(was: Option<&Money>, now: Option<&Money>) -> Option<String> {
    let currency = &now.or(was)?.currency;
    if was.zip(now).is_some_and(|(a, b)| a.currency != b.currency) {
        return None;
    }
    let by = now.map_or(0, |m| m.minor) - was.map_or(0, |m| m.minor);
    (by != 0).then(|| delta(currency, by))
}

#[cfg(test)]
mod tests {
    use super::difference;
    use contract::Money;

    #[test]
    fn a_difference_is_told_where_there_is_one() {
        let usd = |minor| Money { currency: "USD".into(), minor };
        assert_eq!(difference(Some(&usd(100)), Some(&usd(100))), None);
        assert_eq!(difference(Some(&usd(100)), Some(&usd(4510))).as_deref(), Some("+$44.10"));
        assert_eq!(difference(Some(&usd(500)), None).as_deref(), Some("−$5.00"));
        assert_eq!(difference(Some(&usd(500)), Some(&Money { currency: "EUR".into(), minor: 5 })), None);
    }
}
