//! Which price list holds: for whom, when, in which currency.

use super::rules::{List, read_day};
use crate::catalogue::Version;
use crate::errors::Refuse;
use crate::inner::Inner;
use contract::{AppError, ConfigureResponse, Money, Price, PriceFor, Pricing};
use facade::{Actor, Ctx, Outcome, Permission};
use std::sync::Arc;
use store::TenantTx;
use time::Date;
use uuid::Uuid;

/// A version at the price that was asked for.
pub(crate) struct Priced {
    pub version: Arc<Version>,
    asked: PriceFor,
}

impl Priced {
    /// What was asked for, as it is kept with a price.
    pub fn answer(&self, response: &ConfigureResponse) -> ConfigureResponse {
        ConfigureResponse { price: self.price(&response.price), ..response.clone() }
    }

    /// A price of one piece with the number of pieces.
    pub fn price(&self, one: &Price) -> Price {
        let quantity = self.asked.pieces();
        let extended = Money { currency: one.total.currency.clone(), minor: one.total.minor.saturating_mul(i64::from(quantity)) };
        Price { quantity, extended, customer: self.asked.customer.clone(), ..one.clone() }
    }
}

/// Lists of a workspace, the latest first.
pub(crate) async fn lists(inner: &Inner, tenant: Uuid) -> Outcome<Arc<Vec<List>>> {
    if let Some(known) = inner.lists.get(&tenant).await {
        return Ok(known);
    }
    let mut tx = inner.system(tenant).await?;
    lists_in(inner, &mut tx).await
}

/// The same inside a transaction: whoever holds one waits for no second connection.
async fn lists_in(inner: &Inner, tx: &mut TenantTx) -> Outcome<Arc<Vec<List>>> {
    if let Some(known) = inner.lists.get(&tx.tenant()).await {
        return Ok(known);
    }
    let lists: Arc<Vec<List>> = Arc::new(store::prices::list(tx).await.refuse()?.into_iter().map(List::of).collect());
    inner.lists.insert(tx.tenant(), lists.clone()).await;
    Ok(lists)
}

/// What is asked for, as far as whoever asks may.
fn checked(ctx: &Ctx, asked: &PriceFor) -> Outcome<PriceFor> {
    let quantity = asked.pieces();
    if quantity > 100_000 {
        return Err(AppError::invalid_at("/quantity", "A quantity is from 1 to 100,000."));
    }
    let customer = asked.customer.as_deref().map(str::trim).filter(|c| !c.is_empty()).map(str::to_owned);
    if customer.is_some() || asked.date.is_some() {
        ctx.require(Permission::PricesRead)?;
    }
    let customer = match &ctx.actor {
        Actor::Embed { customer, .. } => customer.clone(),
        _ => customer,
    };
    if asked.date.as_deref().is_some_and(|d| read_day(d).is_none()) {
        return Err(AppError::invalid_at("/date", "Write a day such as 2026-11-21."));
    }
    let currency = asked.currency.as_deref().map(str::trim).filter(|c| !c.is_empty()).map(str::to_uppercase);
    Ok(PriceFor { customer, currency, date: asked.date.clone(), quantity: Some(quantity).filter(|n| *n > 1) })
}

/// The same customer, however it is written.
fn same(a: &Option<String>, b: &Option<String>) -> bool {
    a.as_ref().is_some_and(|a| b.as_ref().is_some_and(|b| a.to_lowercase() == b.to_lowercase()))
}

/// The lists that could price something, the best first.
fn candidates<'a>(lists: &'a [List], asked: &PriceFor, day: Date, own_currency: &str) -> Vec<&'a List> {
    let theirs = |l: &&List| same(&l.row.customer, &asked.customer);
    let open = || lists.iter().filter(|l| l.holds(day) && (l.row.customer.is_none() || theirs(l)));
    let in_order = |found: Vec<&'a List>| {
        let (own, general): (Vec<_>, Vec<_>) = found.into_iter().partition(theirs);
        own.into_iter().chain(general).collect::<Vec<_>>()
    };
    if let Some(currency) = &asked.currency {
        // Nobody has to ask for a product's own currency.
        let found: Vec<&List> = open().filter(|l| l.row.currency == *currency && !(l.row.on_request && currency == own_currency)).collect();
        if !found.is_empty() || currency == own_currency {
            return in_order(found);
        }
    }
    in_order(open().filter(|l| !l.row.on_request).collect())
}

/// A version at the price that is asked for: under the list that holds, or at its own prices.
///
/// # Errors
/// `Invalid` for an impossible quantity or day; `Forbidden` for a customer or day without `prices:read`.
pub(crate) async fn priced(inner: &Inner, ctx: &Ctx, version: &Arc<Version>, asked: &PriceFor) -> Outcome<Priced> {
    let asked = checked(ctx, asked)?;
    let day = asked.date.as_deref().and_then(read_day).unwrap_or_else(|| inner.now().date());
    let lists = lists(inner, ctx.tenant).await?;
    for list in candidates(&lists, &asked, day, &version.compiled.currency) {
        let tier = list.tier(&version.compiled.sku, asked.pieces());
        let place = (ctx.tenant, version.product, version.number, list.row.id, list.row.revision, tier);
        if let Some(version) = inner.priced.get(&place).await {
            return Ok(Priced { version, asked });
        }
        let Ok(compiled) = list.price(&version.compiled, tier) else { continue };
        let under = Arc::new(version.under(compiled)?);
        inner.priced.insert(place, under.clone()).await;
        return Ok(Priced { version: under, asked });
    }
    Ok(Priced { version: version.clone(), asked })
}

/// The list that the catalogue shows to whoever asks for nothing.
pub(crate) async fn general(inner: &Inner, tx: &mut TenantTx) -> Outcome<Option<Uuid>> {
    let day = inner.now().date();
    Ok(lists_in(inner, tx).await?.iter().find(|l| l.general() && l.holds(day)).map(|l| l.row.id))
}

/// What a configurator offers to choose between.
pub(crate) async fn pricing(inner: &Inner, ctx: &Ctx, priced: &Priced, own_currency: &str) -> Outcome<Pricing> {
    let day = inner.now().date();
    let lists = lists(inner, ctx.tenant).await?;
    let mut customers: Vec<String> = Vec::new();
    if ctx.may(Permission::PricesRead) && ctx.user_id().is_some() {
        customers = lists.iter().filter(|l| l.holds(day)).filter_map(|l| l.row.customer.clone()).collect();
        customers.sort_by_key(|c| c.to_lowercase());
        customers.dedup();
    }
    let mut currencies = vec![priced.version.compiled.currency.clone()];
    for list in candidates(&lists, &PriceFor { currency: None, ..priced.asked.clone() }, day, own_currency) {
        currencies.push(list.row.currency.clone());
    }
    let asked = lists.iter().filter(|l| l.holds(day) && l.row.on_request && (l.row.customer.is_none() || same(&l.row.customer, &priced.asked.customer)));
    currencies.extend(asked.map(|l| l.row.currency.clone()));
    currencies.push(own_currency.to_owned());
    let mut seen = std::collections::BTreeSet::new();
    currencies.retain(|c| seen.insert(c.clone()));
    Ok(Pricing { customers, currencies })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    fn list(name: &str, currency: &str, customer: Option<&str>, on_request: bool, starts: Date, ends: Option<Date>) -> List {
        List::of(store::prices::PriceList {
            id: Uuid::nil(),
            name: name.into(),
            currency: currency.into(),
            customer: customer.map(str::to_owned),
            on_request,
            starts,
            ends,
            rules: serde_json::json!({}),
            revision: 1,
            created_at: datetime!(2026-01-01 0:00 UTC),
            updated_at: datetime!(2026-01-01 0:00 UTC),
        })
    }

    #[test]
    fn the_customers_list_comes_first_and_then_the_latest() {
        // As the store gives them: the latest first.
        let lists = [
            list("next year", "USD", None, false, date!(2027 - 01 - 01), None),
            list("north", "USD", Some("Northlight"), false, date!(2026 - 03 - 01), None),
            list("now", "USD", None, false, date!(2026 - 02 - 01), None),
            list("euro", "EUR", None, true, date!(2026 - 02 - 01), None),
            list("old", "USD", None, false, date!(2025 - 01 - 01), Some(date!(2026 - 02 - 01))),
        ];
        let names = |customer: Option<&str>, currency: Option<&str>, day: Date| -> Vec<String> {
            let asked = PriceFor { customer: customer.map(str::to_owned), currency: currency.map(str::to_owned), ..PriceFor::default() };
            candidates(&lists, &asked, day, "USD").into_iter().map(|l| l.row.name.clone()).collect()
        };
        let today = date!(2026 - 11 - 22);
        assert_eq!(names(None, None, today), ["now"]);
        assert_eq!(names(Some("northlight"), None, today), ["north", "now"]);
        assert_eq!(names(Some("Somebody else"), None, today), ["now"]);
        assert_eq!(names(None, Some("EUR"), today), ["euro"]);
        assert_eq!(names(Some("Northlight"), Some("EUR"), today), ["euro"]);
        assert_eq!(names(None, Some("SEK"), today), ["now"], "a currency that no list has");
        assert_eq!(names(None, None, date!(2025 - 06 - 01)), ["old"]);
        assert_eq!(names(None, None, date!(2026 - 02 - 01)), ["now"], "the day on which one ends belongs to the next");
        assert_eq!(names(None, None, date!(2027 - 02 - 01)), ["next year", "now"]);
        assert!(names(None, None, date!(2024 - 01 - 01)).is_empty());
    }
}
