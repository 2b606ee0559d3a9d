//! Named values of a range (sit, stand) as a switch on the stage, where the eye is.

use super::choices::{plain, read};
use super::state::{Config, Enter};
use leptos::prelude::*;
use product::{Domain, OptionDef, Value};
use ui::{SegOption, Segmented, Units, format_length};

/// The switch, for a product with such a range.
#[component]
pub fn Poses(config: Config) -> impl IntoView {
    let option = config.engine().product.options.iter().find(|o| matches!(o.domain, Domain::Range { .. }) && !o.choices.is_empty()).cloned()?;
    let label = option.label.clone();
    let option = StoredValue::new(option);
    let present = move || option.with_value(|o| config.value(&o.id).unwrap_or_else(|| o.default.clone()));
    let options = Memo::new(move |_| option.with_value(|o| answers(o, &present(), config.units.get())));
    let value = Memo::new(move |_| plain(&present()));
    let change = move |text: String| {
        option.with_value(|o| {
            if let Some(value) = read(o, &text) {
                config.propose(&o.id, value, Enter::Step);
            }
        });
    };
    Some(
        view! { <div class="poses"><span class="lab" aria-hidden="true">{label.clone()}</span><Segmented label options value small=true on_change=change/></div> },
    )
}

/// The named values, and among them by size the present one (or the default, while a named one is shown).
fn answers(option: &OptionDef, present: &Value, units: Units) -> Vec<SegOption> {
    let named = |v: &Value| option.choices.iter().find(|c| c.value == *v);
    let other = if named(present).is_none() { present } else { &option.default };
    let mut values: Vec<&Value> = option.choices.iter().map(|c| &c.value).collect();
    if named(other).is_none() {
        let place = values.iter().position(|v| v.as_num() > other.as_num()).unwrap_or(values.len());
        values.insert(place, other);
    }
    let figure = |v: &Value| if option.unit == "mm" { format_length(v.as_num().unwrap_or_default(), units) } else { plain(v) };
    let words = |v: &Value| named(v).map_or_else(|| figure(v), |c| [c.label.as_str(), &figure(v)].join(" "));
    values.into_iter().map(|v| SegOption { value: plain(v), label: words(v), ..SegOption::default() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::configure::choices::tests::option;
    use product::{Choice, Widget};

    #[test]
    fn the_present_value_stands_between_the_named_ones() {
        let mut height = option("height", Widget::Slider, Domain::Range { min: 650.0, max: 1250.0, step: 10.0, integer: true }, Value::Num(740.0), "mm", &[]);
        height.choices = [(650.0, "Sit"), (1250.0, "Stand")]
            .map(|(v, l)| Choice { value: Value::Num(v), label: l.into(), grade: None, material: None, code: String::new() })
            .to_vec();
        let labels = |present: f64| answers(&height, &Value::Num(present), Units::Mm).into_iter().map(|o| o.label).collect::<Vec<_>>();
        assert_eq!(labels(740.0), ["Sit 650", "740", "Stand 1250"]);
        assert_eq!(labels(1100.0), ["Sit 650", "1100", "Stand 1250"]);
        assert_eq!(labels(1250.0), ["Sit 650", "740", "Stand 1250"], "the way back to the default stays");
        assert_eq!(super::super::choices::words(&height, &Value::Num(650.0), Units::Mm), "650 mm", "a named length is still a length");
    }
}
