//! What choosing an answer changes in the price.

use super::{Configured, Now};
use crate::compiled::CompiledProduct;
use crate::price::Effect;
use crate::value::Values;
use std::collections::BTreeMap;

/// Price effects of every answer on offer, with everything that choosing it forces or frees; of a blocked answer, what it would change
/// alone. Ranges have too many answers: [`crate::price_effect`] tells theirs one by one. `now` is the answer to `explicit`.
#[must_use]
pub fn price_effects(product: &CompiledProduct, explicit: &Values, now: &Configured) -> BTreeMap<String, Vec<Effect>> {
    effects(product, explicit, now, &[])
}

/// The same for one element of a nest, by its own options: what choosing it there changes in the price of the whole.
#[must_use]
pub fn price_effects_at(product: &CompiledProduct, explicit: &Values, nest: &str, index: usize) -> BTreeMap<String, Vec<Effect>> {
    let now = Now::new(product, explicit, &[]);
    let found = product.nests.iter().find(|n| n.id == nest);
    let element = found.and_then(|nest| Some((nest, crate::nested::element_at(product, &now.present, explicit, nest, index)?)));
    let Some((nest, (values, locked))) = element else { return BTreeMap::new() };
    effects(&nest.product, &values, &super::within(&nest.product, &values, &locked, super::Offers::Marked), &locked)
}

fn effects(product: &CompiledProduct, explicit: &Values, now: &Configured, locked: &[usize]) -> BTreeMap<String, Vec<Effect>> {
    let Configured { valid, forced, blocked, .. } = now;
    let now = Now::new(product, explicit, locked);
    let price = now.desk.total(&now.present);
    let mut effects = BTreeMap::new();
    for (i, option) in product.options.iter().enumerate() {
        if now.desk.is_range(i) || now.locked[i] {
            continue;
        }
        let priced = !product.nests.is_empty() || product.price_lines.iter().any(|line| line.reads.iter().any(|r| usize::from(*r) == i));
        let mut list = Vec::new();
        for value in (0..option.domain.len()).filter_map(|k| option.domain.nth(k)) {
            let alone = now.desk.with(&now.present, i, &value);
            // Where nothing is forced and nothing breaks, nothing else moves.
            let others_move = *valid
                && value != now.present[i]
                && !blocked.iter().any(|b| b.option == option.id && b.value.as_ref() == Some(&value))
                && (!forced.is_empty() || now.desk.first_broken(&alone, i).is_some());
            let after = if others_move { now.after(i, &value).unwrap_or(alone) } else { alone };
            let delta = if value == now.present[i] || !(priced || others_move) {
                price.map(|_| 0)
            } else {
                price.zip(now.desk.total(&after)).map(|(now, then)| then - now)
            };
            list.push(Effect { value, delta });
        }
        effects.insert(option.id.clone(), list);
    }
    effects
}
