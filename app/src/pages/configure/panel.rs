//! The options: one section per question in the order of the definition, tick boxes of a group together.

use super::choices::{plain, read, snap, words};
use super::engine::blocks;
use super::explain::explain;
use super::modules::Modules;
use super::state::{Asked, Config, Enter};
use leptos::prelude::*;
use product::nested::{value_at, with_value};
use product::{Domain, Effect, OptionDef, Value, Widget};
use ui::Erase;
use ui::{Check, SegOption, Segmented, Select, SelectOption, Slider, Swatch, SwatchPicker, UnitField, Units, WhyNot, delta};
use wasm_bindgen::JsCast;

/// Id of an option's section in the page.
#[must_use]
pub fn section_id(option: &str) -> String {
    ["opt-", option].concat()
}

/// The panel.
#[component]
pub fn Panel(config: Config) -> impl IntoView {
    let product = &config.engine().product;
    view! {
        <aside class="panel opts" aria-label="Options" on:click=move |ev| look(config, &ev)>
            <h2 class="sr">"Options"</h2>
            {(!product.presets.is_empty()).then(|| view! { <Presets config/> })}
            {questions(config, product.options.clone())}
            {(0..product.nests.len()).map(|nest| view! { <Modules config nest/> }).collect_view()}
        </aside>
    }
}

/// Named choices to begin with: one press, one step back.
#[component]
fn Presets(config: Config) -> impl IntoView {
    let engine = config.engine();
    let buttons = engine.product.presets.iter().cloned().map(|preset| {
        let (values, currency) = (preset.values.clone(), engine.product.currency.clone());
        let here = Memo::new(move |_| config.choices.with(|c| *c == values));
        // Another number of pieces may have other prices.
        let values = StoredValue::new(preset.values.clone());
        let first = config.pieces.get_untracked();
        let total = Memo::new(move |_| match config.pieces.get() {
            same if same == first => preset.total,
            _ => values.with_value(|v| config.engine().evaluate(v).total),
        });
        let price = move || match config.shown.with(|s| total.get() - s.total) {
            _ if here.get() => "chosen".to_owned(),
            0 => "same price".to_owned(),
            by => delta(&currency, by),
        };
        view! { <button type="button" class="preset" aria-pressed=move || if here.get() { "true" } else { "false" } on:click=move |_| config.take(preset.values.clone(), Enter::Step)><span>{preset.label}</span><span class="opt-price">{price}</span></button> }
    });
    view! { <section class="sect" aria-label="Begin with"><header><h3>"Begin with"</h3></header><div class="presets">{buttons.collect_view()}</div></section> }
        .erase()
}

/// One section per question, tick boxes of a group together.
pub(super) fn questions(config: Config, options: Vec<OptionDef>) -> Vec<AnyView> {
    // The first length carries the switch of units.
    let first_length = options.iter().find(|o| o.unit == "mm" && matches!(o.domain, Domain::Range { .. })).map(|o| o.id.clone());
    let mut sections = Vec::new();
    let mut rest = options.into_iter().peekable();
    while let Some(option) = rest.next() {
        if matches!(option.domain, Domain::Bool) {
            let group = option.group.clone();
            let mut boxes = vec![option];
            while let Some(next) = rest.next_if(|o| matches!(o.domain, Domain::Bool) && o.group == group) {
                boxes.push(next);
            }
            sections.push(view! { <Boxes config group options=boxes/> }.erase());
        } else {
            let switch = first_length.as_ref() == Some(&option.id);
            sections.push(view! { <Question config option switch/> }.erase());
        }
    }
    sections
}

/// One question.
#[component]
fn Question(config: Config, option: OptionDef, switch: bool) -> impl IntoView {
    let id = option.id.clone();
    let aside = aside(&option);
    let grades = grades(&option);
    let of_grade = option.clone();
    let step = matches!(option.domain, Domain::Range { .. }).then(|| view! { <StepPrice config option=option.clone()/> });
    let grades =
        (grades.len() > 1).then(|| view! { "Grades" {grades.into_iter().map(|g| view! { <Grade config option=of_grade.clone() grade=g/> }).collect_view()} });
    let label = option.label.clone();
    let control = match (&option.domain, option.widget) {
        (Domain::Range { .. }, Widget::Stepper) => view! { <Stepper config option=option.clone()/> }.erase(),
        (Domain::Range { .. }, _) => view! { <Range config option=option.clone() switch/> }.erase(),
        (_, Widget::Swatch) => view! { <Swatches config option=option.clone()/> }.erase(),
        (Domain::Enum(values), Widget::Segmented) if values.len() <= 5 => view! { <Answers config option=option.clone()/> }.erase(),
        _ => view! { <List config option=option.clone()/> }.erase(),
    };
    let (section, title) = (section_id(&id), label.clone());
    view! {
        <section class="sect" id=section aria-label=title>
            <header><h3>{label.clone()}</h3><span class="lab">{aside}{step}{grades}<Set config id=id.clone()/>{closer(&label, std::slice::from_ref(&id))}</span></header>
            {control}
            <Reason config id/>
        </section>
    }
}

/// A button that looks at the model from where these questions are seen best. For eyes only: what it shows is said by the answers. As text: it stands
/// in every section, and never changes.
fn closer(label: &str, options: &[String]) -> AnyView {
    let plain = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let (name, eye) = (plain(label), ui::Glyph::Eye.shape());
    let button = [
        "<button type=\"button\" class=\"closer\" data-look=\"",
        &plain(&options.join(" ")),
        "\" title=\"Look closer: ",
        &name,
        "\" aria-label=\"Look closer: ",
        &name,
        "\"><svg class=\"ic\" data-size=\"m\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">",
        eye,
        "</svg></button>",
    ]
    .concat();
    view! { <span class="contents" inner_html=button></span> }.erase()
}

/// One of those buttons was pressed.
fn look(config: Config, event: &leptos::ev::MouseEvent) {
    let button = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()).and_then(|t| t.closest(".closer").ok().flatten());
    let Some(options) = button.and_then(|b| b.get_attribute("data-look")) else { return };
    let engine = config.engine();
    let mut values = config.shown.with_untracked(|s| s.values.clone());
    for id in options.split(' ') {
        if let (Some(option), Some(now)) = (engine.option(id), value_at(&values, id)) {
            values = with_value(&engine.product, &values, id, &otherwise(option, now));
        }
    }
    config.look_at(&values);
}

/// Another answer, the one that shows most: the other end of a range.
fn otherwise(option: &OptionDef, now: &Value) -> Value {
    match (&option.domain, now) {
        (Domain::Bool, Value::Bool(on)) => Value::Bool(!on),
        (Domain::Range { min, max, .. }, Value::Num(n)) => Value::Num(if n - min < max - n { *max } else { *min }),
        (Domain::Enum(values), now) => values.iter().find(|v| *v != now).unwrap_or(now).clone(),
        (_, now) => now.clone(),
    }
}

/// Limits and step.
fn aside(option: &OptionDef) -> Option<String> {
    let Domain::Range { min, max, step, .. } = &option.domain else { return None };
    Some(format!("{} to {}, step {}", Value::Num(*min), Value::Num(*max), Value::Num(*step)))
}

/// What the next step of a range costs, up or, at its end, down. A step that does not go is explained when it is tried.
#[component]
fn StepPrice(config: Config, option: OptionDef) -> impl IntoView {
    let Domain::Range { min, max, step, .. } = option.domain else { return ().erase() };
    let words = Memo::new(move |_| {
        let shown = config.after.get();
        let now = value_at(&shown.values, &option.id)?.as_num()?;
        let up = now + step <= max + 1e-9;
        let next = Value::Num(snap(if up { now + step } else { now - step }, min, max, step));
        let engine = config.engine();
        let effect = product::price_effect(&engine.product, &shown.values, &option.id, &next).filter(|d| *d != 0)?;
        Some([delta(&engine.product.currency, effect).as_str(), " a step", if up { "" } else { " down" }].concat())
    });
    (move || words.get().map(|w| view! { <span class="num step">{w}</span> })).erase()
}

/// Price grades of the answers.
fn grades(option: &OptionDef) -> Vec<String> {
    let mut grades: Vec<String> = option.choices.iter().filter_map(|c| c.grade.clone()).collect();
    grades.sort_unstable();
    grades.dedup();
    grades
}

/// The chip of a price grade; that of the chosen answer is filled.
#[component]
fn Grade(config: Config, option: OptionDef, grade: String) -> impl IntoView {
    let letter = grade.clone();
    let on = move || option.choices.iter().any(|c| c.grade.as_ref() == Some(&grade) && config.value(&option.id).as_ref() == Some(&c.value));
    view! { <span class="chip grade" data-on=move || on().then_some("")>{letter}</span> }
}

/// A word beside an option that a rule has set, with what that costs.
#[component]
fn Set(config: Config, id: String) -> impl IntoView {
    let why = Memo::new(move |_| {
        let engine = config.engine();
        config.marks.with(|s| {
            let forced = s.forced.iter().find(|f| f.option == id)?;
            let rule = forced.why.iter().find_map(|rule| engine.rule(&id, rule))?;
            let price = forced.price_delta.filter(|d| *d != 0).map(|d| delta(&engine.product.currency, d));
            Some((rule.message.clone(), price))
        })
    });
    move || {
        why.get().map(|(message, price)| {
            let title = message.clone();
            view! { <span class="chip forced" title=title>"Set by a rule"{price.map(|p| view! { <span class="num">{p}</span> })}<span class="sr">": "{message}</span></span> }
        })
    }
}

/// The card under a control when something does not go.
#[component]
fn Reason(config: Config, id: String) -> impl IntoView {
    let here = id.clone();
    let told = Memo::new(move |_| {
        let asked = config.asked.get().filter(|a| a.option == here);
        match asked {
            Some(a) => Some(a),
            // A conflict that came with a link is told at the first option that takes part in it.
            None => config.marks.with(|s| {
                let first = s.blocked.iter().find(|b| b.chosen).filter(|b| !s.valid && b.option == here)?;
                Some(Asked { option: here.clone(), value: value_at(&s.values, &here)?.clone(), entry: first.clone() })
            }),
        }
    });
    move || {
        let asked = told.get()?;
        let engine = config.engine();
        let shown = config.shown.get();
        let e = explain(&engine, &config.choices.get(), &shown, &asked.option, &asked.value, &asked.entry, config.units.get());
        let (next, labels) = (e.next.clone(), e.repairs.clone());
        let option = asked.option.clone();
        let repair = move |i: usize| {
            let (Some(next), Some(label)) = (next.get(i), labels.get(i)) else { return };
            config.take(next.clone(), Enter::Step);
            focus(&option);
            let price = label.delta.as_deref();
            ui::toast_with(
                &[label.label.as_str(), price.map_or("", |_| ", "), price.unwrap_or_default()].concat(),
                "Undo",
                Callback::new(move |()| config.undo()),
            );
        };
        let option = asked.option.clone();
        let chosen = asked.entry.chosen;
        let back = move || {
            config.asked.set(None);
            if chosen {
                let mut next = config.choices.get_untracked();
                match engine.option(&option) {
                    Some(def) if option.contains('/') => next = with_value(&engine.product, &next, &option, &def.default),
                    _ => drop(next.remove(&option)),
                }
                config.take(next, Enter::Step);
            }
            focus(&option);
        };
        Some(view! {
            <div class="mt-3"><WhyNot title=e.title reason=e.reason because=e.because repairs=e.repairs back=e.back
                on_cause=Callback::new(move |option: String| focus(&option)) on_repair=repair on_back=move |()| back()/></div>
        })
    }
}

/// Brings an option into view and puts the focus on its control.
pub fn focus(option: &str) {
    let Some(section) = document().get_element_by_id(&section_id(option)) else { return };
    let target =
        section.query_selector("[tabindex=\"0\"], input, select, button:not(.closer)").ok().flatten().and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(target) = target {
        let _ = target.focus();
    }
}

/// Slider and typed field.
#[component]
fn Range(config: Config, option: OptionDef, switch: bool) -> impl IntoView {
    let Domain::Range { min, max, step, .. } = option.domain else { return ().erase() };
    let id = StoredValue::new(option.id.clone());
    let number = move |v: Option<Value>| v.and_then(|v| v.as_num()).unwrap_or(min);
    let value = Memo::new(move |_| number(id.with_value(|id| config.value(id))));
    let wanted = Memo::new(move |_| config.asked.get().filter(|a| id.with_value(|id| a.option == *id)).and_then(|a| a.value.as_num()));
    let blocked = Memo::new(move |_| {
        config.marks.with(|s| {
            s.blocked.iter().filter(|b| id.with_value(|id| b.option == *id)).filter_map(|b| b.range).map(|r| hatch(r, (min, max), step)).collect::<Vec<_>>()
        })
    });
    let length = option.unit == "mm";
    let unit = option.unit.clone();
    let say = Callback::new(move |v: f64| if length { ui::format_length(v, config.units.get()) } else { plain(&Value::Num(v)) });
    let choose = move |v: f64, enter: Enter| id.with_value(|id| config.propose(id, Value::Num(v), enter));
    let field_id = [&option.id, "-field"].concat();
    let label = option.label.clone();
    view! {
        <Slider label=label.clone() value=value min max step blocked wanted format=say
            on_input=move |v| choose(v, Enter::Preview)
            on_change=move |_| config.settle()/>
        <div class="measure">
            {if length {
                view! { <UnitField label=[&label, ", ", &unit].concat() id=field_id value=Signal::derive(move || wanted.get().unwrap_or_else(|| value.get())) step units=config.units
                    error=Signal::derive(move || wanted.get().map(|_| String::new()))
                    on_change=move |v| choose(v, Enter::Step)/> }.erase()
            } else {
                view! { <NumberField id=field_id label unit value min max step on_change=Callback::new(move |v| choose(v, Enter::Step))/> }.erase()
            }}
            {switch.then(|| view! { <UnitSwitch config/> })}
        </div>
    }
    .erase()
}

/// A blocked run as the slider hatches it: from the middle of the last step that goes, or to the very end.
fn hatch((low, high): (f64, f64), (min, max): (f64, f64), step: f64) -> (f64, f64) {
    let from = if low <= min { min } else { low - step };
    let to = if high >= max { max } else { high + step };
    (from, to)
}

#[component]
fn UnitSwitch(config: Config) -> impl IntoView {
    let options = Signal::stored(vec![
        SegOption { value: "mm".into(), label: "mm".into(), ..SegOption::default() },
        SegOption { value: "ft".into(), label: "ft-in".into(), ..SegOption::default() },
    ]);
    let value = Signal::derive(move || if config.units.get() == Units::Mm { "mm" } else { "ft" }.to_owned());
    view! { <div class="units"><Segmented label="Units" options value small=true on_change=move |v: String| config.units.set(if v == "ft" { Units::FtIn } else { Units::Mm })/></div> }
}

/// A number that is no length.
#[component]
fn NumberField(
    id: String,
    label: String,
    unit: String,
    #[prop(into)] value: Signal<f64>,
    min: f64,
    max: f64,
    step: f64,
    on_change: Callback<f64>,
) -> impl IntoView {
    let changed = move |event: leptos::ev::Event| {
        if let Some(v) = ui::decimal_number(&event_target_value(&event)) {
            on_change.run(v);
        }
    };
    view! {
        <span class="field">
            <input id=id type="number" aria-label=label min=min max=max step=step value=value.get_untracked() prop:value=move || value.get()
                on:change=changed/>
            {(!unit.is_empty()).then(|| view! { <span class="unit">{unit}</span> })}
        </span>
    }
}

/// A count with minus and plus.
#[component]
fn Stepper(config: Config, option: OptionDef) -> impl IntoView {
    let Domain::Range { min, max, step, .. } = option.domain else { return ().erase() };
    let id = StoredValue::new(option.id.clone());
    let value = Memo::new(move |_| id.with_value(|id| config.value(id)).and_then(|v| v.as_num()).unwrap_or(min));
    let choose = move |v: f64| {
        if (min..=max).contains(&v) {
            id.with_value(|id| config.propose(id, Value::Num(v), Enter::Step));
        }
    };
    let label = option.label.clone();
    let (less, more) = (["Less, ", &label].concat(), ["More, ", &label].concat());
    let off = |at: bool, word: &str| at.then(|| word.to_owned());
    view! {
        <div class="stepper">
            <ui::Button icon=ui::Glyph::Minus icon_only=true reason=Signal::derive(move || off(value.get() <= min, "This is the least.")) on_press=move |()| choose(value.get_untracked() - step)>{less}</ui::Button>
            <NumberField id=[&option.id, "-field"].concat() label=label.clone() unit=option.unit.clone() value min max step on_change=Callback::new(choose)/>
            <ui::Button icon=ui::Glyph::Plus icon_only=true reason=Signal::derive(move || off(value.get() >= max, "This is the most.")) on_press=move |()| choose(value.get_untracked() + step)>{more}</ui::Button>
        </div>
    }
    .erase()
}

/// Answers of an enumeration with their price and whether they go, newest state.
fn answers(config: Config, option: &OptionDef) -> Vec<(Value, String, Option<String>, bool)> {
    let engine = config.engine();
    let Domain::Enum(values) = &option.domain else { return Vec::new() };
    let units = config.units.get();
    let after = config.after.get();
    config.marks.with(|s| {
        let effects = after.effects.get(&option.id);
        // A question without any effect on the price has no price line.
        let priced = effects.is_some_and(|e| e.iter().any(|e| e.delta.is_some_and(|d| d != 0)));
        values
            .iter()
            .map(|v| {
                let price =
                    effects.and_then(|e| e.iter().find(|e| e.value == *v)).and_then(|e| e.delta).filter(|_| priced).map(|d| delta(&engine.product.currency, d));
                (v.clone(), words(option, v, units), price, blocks(&s.blocked, &option.id, v).is_some())
            })
            .collect()
    })
}

/// The value that the control marks: what was asked for, while that is being explained, or what is shown.
fn marked(config: Config, id: &str) -> String {
    config.value(id).map(|v| plain(&v)).unwrap_or_default()
}

fn pick(config: Config, option: &OptionDef, text: &str) {
    if let Some(value) = read(option, text) {
        config.propose(&option.id, value, Enter::Step);
    }
}

#[component]
fn Answers(config: Config, option: OptionDef) -> impl IntoView {
    let stored = StoredValue::new(option.clone());
    let options = Memo::new(move |_| {
        let list = stored.with_value(|o| answers(config, o));
        list.into_iter().map(|(v, label, price, blocked)| SegOption { value: plain(&v), label, price, blocked }).collect::<Vec<_>>()
    });
    let value = Memo::new(move |_| stored.with_value(|o| marked(config, &o.id)));
    view! { <Segmented label=option.label options value on_change=move |v: String| stored.with_value(|o| pick(config, o, &v))/> }
}

#[component]
fn Swatches(config: Config, option: OptionDef) -> impl IntoView {
    let stored = StoredValue::new(option.clone());
    let options = Memo::new(move |_| {
        let engine = config.engine();
        stored.with_value(|o| {
            answers(config, o)
                .into_iter()
                .map(|(v, name, price, blocked)| {
                    let choice = o.choices.iter().find(|c| c.value == v);
                    let material = choice.and_then(|c| c.material.as_ref()).and_then(|m| engine.product.materials.get(m));
                    let color = material.map_or_else(|| "var(--line-2)".to_owned(), super::swatch::paint);
                    Swatch { value: plain(&v), name, price, color, texture: None, blocked, grade: choice.and_then(|c| c.grade.clone()) }
                })
                .collect::<Vec<_>>()
        })
    });
    let value = Memo::new(move |_| stored.with_value(|o| marked(config, &o.id)));
    view! { <SwatchPicker label=option.label id=[&option.id, "-swatches"].concat() options value on_change=move |v: String| stored.with_value(|o| pick(config, o, &v))/> }
}

#[component]
fn List(config: Config, option: OptionDef) -> impl IntoView {
    let stored = StoredValue::new(option.clone());
    let options = Memo::new(move |_| {
        let list = stored.with_value(|o| answers(config, o));
        list.into_iter().map(|(v, label, price, blocked)| SelectOption { price, blocked, ..SelectOption::new(plain(&v), label) }).collect::<Vec<_>>()
    });
    // A refused answer must not stay in the closed list: the asked-for state refreshes it.
    let value = Signal::derive(move || {
        config.asked.track();
        stored.with_value(|o| marked(config, &o.id))
    });
    view! { <Select label=option.label name=option.id options value on_change=move |v: String| stored.with_value(|o| pick(config, o, &v))/> }
}

/// Tick boxes of one group.
#[component]
fn Boxes(config: Config, group: String, options: Vec<OptionDef>) -> impl IntoView {
    let title = if group.is_empty() { options.first().map(|o| o.label.clone()).unwrap_or_default() } else { group };
    let (name, look) = (title.clone(), closer(&title, &options.iter().map(|o| o.id.clone()).collect::<Vec<_>>()));
    view! {
        <section class="sect" aria-label=name>
            <header><h3>{title}</h3>{look}</header>
            {options.into_iter().map(|o| view! { <Tick config option=o/> }).collect_view()}
        </section>
    }
}

#[component]
fn Tick(config: Config, option: OptionDef) -> impl IntoView {
    let stored = StoredValue::new(option.id.clone());
    let state = move || stored.with_value(|id| config.value(id)) == Some(Value::Bool(true));
    let checked = Signal::derive(move || {
        // A refused tick is taken back: the browser has already set it.
        config.asked.track();
        state()
    });
    let currency = config.engine().product.currency.clone();
    let figure = Signal::derive(move || {
        let other = |e: &Effect| e.delta.filter(|d| *d != 0).map(|d| (e.value.clone(), d));
        let (value, effect) = stored.with_value(|id| config.after.with(|s| s.effects.get(id)?.iter().find_map(other)))?;
        // What the thing costs, whether it is in or not.
        let cost = if value == Value::Bool(true) { effect } else { -effect };
        Some(contract::format_money(&currency, cost))
    });
    let blocked = Memo::new(move |_| stored.with_value(|id| config.marks.with(|s| blocks(&s.blocked, id, &Value::Bool(!state())).is_some())));
    view! {
        <div id=section_id(&option.id) class="tick" data-blocked=move || blocked.get().then_some("true")>
            <Check label=option.label.clone() name=option.id.clone() value="true" checked figure on_change=move |on: bool| stored.with_value(|id| config.propose(id, Value::Bool(on), Enter::Step))/>
            <Set config id=option.id.clone()/>
            <Reason config id=option.id.clone()/>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::hatch;

    #[test]
    fn a_blocked_run_begins_where_the_last_possible_value_ends() {
        assert_eq!(hatch((2050.0, 2400.0), (1000.0, 2400.0), 50.0), (2000.0, 2400.0));
        assert_eq!(hatch((1000.0, 1150.0), (1000.0, 2400.0), 50.0), (1000.0, 1200.0));
    }
}
