//! The one state of the page: choices, what follows from them, what was asked for but can't be, and the steps of the history.

use super::choices::{from_query, pairs, snap, to_query};
use super::engine::{Engine, Shown};
use super::explain::phrase;
use crate::loading::encode;
use contract::PriceFor;
use leptos::__reexports::send_wrapper::SendWrapper;
use leptos::{ev, prelude::*};
use product::nested::{keep_places, value_at, with_element, with_value};
use product::{Blocked, Domain, Forced, Value, Values};
use std::rc::Rc;
use std::sync::Arc;
use ui::Units;
use wasm_bindgen::JsValue;

/// Something that was asked for and does not go.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Option.
    pub option: String,
    /// Value wanted.
    pub value: Value,
    /// Why not.
    pub entry: Blocked,
}

/// How a change enters the history of the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enter {
    /// While a thumb is dragged: not yet.
    Preview,
    /// One step that Back undoes.
    Step,
    /// It came from the history.
    FromHistory,
}

/// Steps back and forward that exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// Where we are.
    pub at: u32,
    /// The furthest.
    pub last: u32,
}

/// Draws complete values of a product. The view brings it along, so that meshing is in the view's chunk.
type SceneHook = Rc<dyn Fn(&Engine, &Values)>;

/// Handle of the page's state.
#[derive(Clone, Copy)]
pub struct Config {
    engine: StoredValue<Arc<Engine>>,
    /// Set in the browser only; the server's threads never hold one.
    hook: StoredValue<Option<SendWrapper<SceneHook>>>,
    /// Looks at what other values would change; brought along by the view as well.
    closer: StoredValue<Option<SendWrapper<SceneHook>>>,
    /// Choices that the history knows; differs from `choices` while a thumb is dragged.
    settled: StoredValue<Values>,
    /// What rules had set at that step.
    forced: StoredValue<Vec<Forced>>,
    /// Inside a frame: the steps so far, since the history there is the other site's, and what of the address is not about choices.
    inside: StoredValue<Option<Inside>>,
    /// Counts changes: effects of an older one are not worth finding.
    changes: StoredValue<u32>,
    /// Explicit choices.
    pub choices: RwSignal<Values>,
    /// What follows from them.
    pub shown: RwSignal<Arc<Shown>>,
    /// The same, told only when other things are forced or can't be: most changes change neither, and many words hang on it. As long as nothing is refused
    /// only what is forced and blocked is of now.
    pub marks: RwSignal<Arc<Shown>>,
    /// The same with what other answers would cost, set after the picture of a change: whatever can wait for that follows this.
    pub after: RwSignal<Arc<Shown>>,
    /// Asked for and refused.
    pub asked: RwSignal<Option<Asked>>,
    /// Units shown.
    pub units: RwSignal<Units>,
    /// Undo and redo.
    pub steps: RwSignal<Steps>,
    /// How many.
    pub pieces: RwSignal<u32>,
    /// Elements of a nest that are picked.
    pub picked: RwSignal<Option<Picked>>,
}

/// What a page inside a frame keeps by itself.
#[derive(Clone, Debug)]
struct Inside {
    past: Vec<Values>,
    query: String,
}

/// Elements of a nest that are asked about together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picked {
    /// Id of the nest.
    pub nest: String,
    /// Their numbers; never empty. Questions are asked in the name of the first.
    pub elements: Vec<usize>,
}

impl Config {
    /// From a product and the choices of the link.
    #[must_use]
    pub fn new(engine: Engine, choices: Values) -> Self {
        let pieces = engine.asked.pieces();
        let shown = engine.evaluate(&choices);
        let after = engine.effects(&choices, shown.clone());
        let marks = Arc::new(shown);
        Self {
            engine: StoredValue::new(Arc::new(engine)),
            hook: StoredValue::new(None),
            closer: StoredValue::new(None),
            settled: StoredValue::new(choices.clone()),
            forced: StoredValue::new(marks.forced.clone()),
            inside: StoredValue::new(None),
            changes: StoredValue::new(0),
            after: RwSignal::new(Arc::new(after)),
            choices: RwSignal::new(choices),
            shown: RwSignal::new(marks.clone()),
            marks: RwSignal::new(marks),
            asked: RwSignal::new(None),
            units: RwSignal::new(Units::Mm),
            steps: RwSignal::new(Steps::default()),
            pieces: RwSignal::new(pieces),
            picked: RwSignal::new(None),
        }
    }

    /// The product.
    #[must_use]
    pub fn engine(self) -> Arc<Engine> {
        self.engine.get_value()
    }

    /// Hands all complete values to a view from now on; at once the present ones.
    pub fn show_in(self, hook: SceneHook) {
        hook(&self.engine(), &self.shown.get_untracked().values);
        self.hook.set_value(Some(SendWrapper::new(hook)));
    }

    /// Hands values to a view that looks at what they would change.
    pub fn look_with(self, hook: SceneHook) {
        self.closer.set_value(Some(SendWrapper::new(hook)));
    }

    /// Looks from near at what other complete values would change.
    pub fn look_at(self, other: &Values) {
        if let Some(hook) = self.closer.get_value() {
            hook(&self.engine(), other);
        }
    }

    /// The query of the present choices and of what their price is asked for, without `?`.
    #[must_use]
    pub fn query(self) -> String {
        let choices = self.choices.with(|c| to_query(&self.engine().product, c));
        with_price(choices, &self.price())
    }

    /// The query of the present choices with another price.
    #[must_use]
    pub fn query_for(self, price: &PriceFor) -> String {
        with_price(self.choices.with_untracked(|c| to_query(&self.engine().product, c)), price)
    }

    /// What the price is asked for.
    #[must_use]
    pub fn price(self) -> PriceFor {
        PriceFor { quantity: Some(self.pieces.get()).filter(|n| *n > 1), ..self.engine().asked.clone() }
    }

    /// So many pieces: another price of one where a volume break is crossed.
    pub fn buy(self, pieces: u32) {
        self.pieces.set(pieces);
        if self.engine().product.terms.as_ref().is_some_and(|t| t.buy(pieces)) {
            self.renew();
        }
        self.write_address();
    }

    /// Whether the page is inside a frame of another site.
    #[must_use]
    pub fn framed(self) -> bool {
        self.inside.with_value(Option::is_some)
    }

    /// Present value of an option.
    #[must_use]
    pub fn value(self, id: &str) -> Option<Value> {
        self.shown.with(|s| value_at(&s.values, id).cloned())
    }

    /// Takes choices: rules, price, parts, meshes and upload in one go, so that the next frame shows them.
    pub fn take(self, next: Values, enter: Enter) {
        let timing = Timing::start();
        let engine = self.engine();
        // Where a grid got wider or narrower, its elements stay where they are.
        let next = if enter == Enter::FromHistory { next } else { self.choices.with_untracked(|now| keep_places(&engine.product, now, next)) };
        let shown = engine.evaluate(&next);
        mark("fitout:option:configured");
        if let Some(hook) = self.hook.get_value() {
            hook(&engine, &shown.values);
        }
        timing.end();
        self.forget();
        if enter == Enter::FromHistory {
            self.settled.set_value(next.clone());
            self.forced.set_value(shown.forced.clone());
        }
        self.choices.set(next);
        let shown = self.tell_all(shown);
        self.find_effects();
        self.drop_picks(&shown.values);
        if enter == Enter::Step {
            self.settle();
        }
    }

    /// What was asked for is settled. Controls hear of it only when something was.
    fn forget(self) {
        if self.asked.with_untracked(Option::is_some) {
            self.asked.set(None);
        }
    }

    /// The same choices under another price.
    fn renew(self) {
        let shown = self.choices.with_untracked(|choices| self.engine().evaluate(choices));
        self.tell_all(shown);
        self.find_effects();
    }

    fn tell_all(self, shown: Shown) -> Arc<Shown> {
        let shown = Arc::new(shown);
        let as_before = self.marks.with_untracked(|m| as_marked(m, &shown));
        self.shown.set(shown.clone());
        if !as_before {
            self.marks.set(shown.clone());
        }
        shown
    }

    /// Finds what other answers would cost once the change itself is seen. While a thumb is dragged, the last place counts.
    fn find_effects(self) {
        self.changes.update_value(|n| *n = n.wrapping_add(1));
        let change = self.changes.get_value();
        after_paint(move || {
            // Whoever left the page meanwhile took the signals along.
            if self.changes.try_get_value() != Some(change) {
                return;
            }
            let engine = self.engine();
            let after = self.choices.with_untracked(|choices| {
                let mut after = engine.effects(choices, Shown::clone(&self.shown.get_untracked()));
                self.picked.with_untracked(|p| {
                    if let Some(Picked { nest, elements }) = p {
                        after.effects.extend(engine.effects_at(choices, nest, elements));
                    }
                });
                after
            });
            self.after.set(Arc::new(after));
        });
    }

    /// Picks elements of a nest, or none; what their answers cost is shown from now on.
    pub fn pick(self, picked: Option<Picked>) {
        self.forget();
        let picked = picked.filter(|p| !p.elements.is_empty());
        if let Some(Picked { nest, elements }) = &picked {
            // At once: where the prices of answers stand, the answers stand as well.
            let found = self.choices.with_untracked(|choices| self.engine().effects_at(choices, nest, elements));
            self.after.update(|after| Arc::make_mut(after).effects.extend(found));
        }
        self.picked.set(picked);
    }

    /// Elements that a smaller grid no longer has are not picked any more.
    fn drop_picks(self, values: &Values) {
        let Some(Picked { nest, mut elements }) = self.picked.get_untracked() else { return };
        let (picked, count) = (elements.len(), values.get(&nest).and_then(Value::as_list).map_or(0, <[Value]>::len));
        elements.retain(|i| *i < count);
        if elements.len() < picked {
            self.pick(Some(Picked { nest, elements }));
        }
    }

    /// Makes what is shown one step of the history, unless it is one already.
    pub fn settle(self) {
        let now = self.choices.get_untracked();
        if self.settled.with_value(|s| *s != now) {
            self.settled.set_value(now);
            self.push();
            self.tell();
        }
    }

    /// Says what rules have set since the last step: its section may be out of sight.
    fn tell(self) {
        let (engine, shown, units) = (self.engine(), self.shown.get_untracked(), self.units.get_untracked());
        let before = self.forced.get_value();
        let new = shown.forced.iter().filter(|f| !before.iter().any(|b| b.option == f.option && b.value == f.value));
        let new: Vec<String> = new.filter_map(|f| engine.option(&f.option).map(|o| phrase(o, &f.value, units))).collect();
        self.forced.set_value(shown.forced.clone());
        if !new.is_empty() {
            ui::toast_with(&["Set by a rule: ", &new.join("; ")].concat(), "Undo", Callback::new(move |()| self.undo()));
        }
    }

    /// Somebody chose `value` for `id`. What does not go is explained instead of done.
    pub fn propose(self, id: &str, value: Value, enter: Enter) {
        let engine = self.engine();
        let value = match (engine.option(id).map(|o| &o.domain), &value) {
            (Some(Domain::Range { min, max, step, .. }), Value::Num(n)) => Value::Num(snap(*n, *min, *max, *step)),
            _ => value,
        };
        let shown = self.shown.get_untracked();
        if let Some((nest, index, option)) = product::nested::address(&engine.product, id) {
            return self.propose_at(&nest.id, index, option, &value, enter);
        }
        if self.choices.with_untracked(|c| c.get(id) == Some(&value)) && shown.valid {
            self.forget();
            // A drag may end where it was last shown: the step still counts.
            if enter == Enter::Step {
                self.settle();
            }
            return;
        }
        // While the whole is in conflict anyway, any change may be part of the way out.
        let refused = if shown.valid { self.choices.with_untracked(|c| product::why_not(&engine.product, c, id, &value)) } else { None };
        match refused {
            Some(entry) => {
                self.asked.set(Some(Asked { option: id.to_owned(), value, entry }));
            }
            None => self.take(self.choices.with_untracked(|c| with_value(&engine.product, c, id, &value)), enter),
        }
    }

    /// The same for one element of a nest, and where it is the first of those that are picked, for all of them. Those that can have the value get it;
    /// only when none can, the first one's reason is told.
    fn propose_at(self, nest: &str, index: usize, option: &str, value: &Value, enter: Enter) {
        let engine = self.engine();
        let picked = self.picked.get_untracked().filter(|p| p.nest == nest && p.elements.first() == Some(&index));
        let elements = picked.map_or_else(|| vec![index], |p| p.elements);
        let name = |i: usize| format!("{nest}/{i}/{option}");
        let choices = self.choices.get_untracked();
        let mut refused = elements.iter().filter_map(|i| Some((*i, product::why_not(&engine.product, &choices, &name(*i), value)?))).collect::<Vec<_>>();
        let free: Vec<usize> = elements.iter().copied().filter(|i| !refused.iter().any(|(r, _)| r == i)).collect();
        if free.is_empty() {
            if !refused.is_empty() {
                let (i, entry) = refused.swap_remove(0);
                self.asked.set(Some(Asked { option: name(i), value: value.clone(), entry }));
            }
            return;
        }
        let Some(list) = with_element(&engine.product, &choices, nest, &free, option, value) else { return };
        let mut next = choices;
        next.insert(nest.to_owned(), list);
        self.take(next, enter);
        if let Some((_, entry)) = refused.first() {
            let words = format!("Done for {} of {}. {}", free.len(), elements.len(), entry.message);
            ui::toast_with(&words, "Undo", Callback::new(move |()| self.undo()));
        }
    }

    /// Keeps the steps here instead of in the browser's history, which belongs to the page around the frame. `search`: the address; its names with a dot
    /// stay in it.
    pub fn keep_steps_here(self, search: &str) {
        let own = search
            .trim_start_matches('?')
            .split('&')
            .filter(|pair| pair.split('=').next().is_some_and(|name| name.contains('.') && !name.starts_with("price.")));
        let query = own.collect::<Vec<_>>().join("&");
        self.inside.set_value(Some(Inside { past: vec![self.choices.get_untracked()], query }));
    }

    /// Goes to a step that was kept here; false when steps are kept in the history.
    fn step_here(self, by: i32) -> bool {
        let Some(Inside { past, .. }) = self.inside.get_value() else { return false };
        let at = self.steps.with_untracked(|s| s.at).saturating_add_signed(by);
        if let Some(choices) = past.get(at as usize) {
            self.steps.update(|s| s.at = at);
            self.take(choices.clone(), Enter::FromHistory);
            self.write_address();
        }
        true
    }

    /// Undo and redo by their keys; true when one was pressed.
    pub fn key(self, ev: &ev::KeyboardEvent) -> bool {
        let key = ev.key().to_lowercase();
        match (ev.ctrl_key() || ev.meta_key(), key.as_str()) {
            (true, "z") if !ev.shift_key() => self.undo(),
            (true, "z" | "y") => self.redo(),
            _ => return false,
        }
        true
    }

    /// One step back.
    pub fn undo(self) {
        if self.steps.with_untracked(|s| s.at > 0)
            && !self.step_here(-1)
            && let Ok(history) = window().history()
        {
            let _ = history.back();
        }
    }

    /// One step forward again.
    pub fn redo(self) {
        if self.steps.with_untracked(|s| s.at < s.last)
            && !self.step_here(1)
            && let Ok(history) = window().history()
        {
            let _ = history.forward();
        }
    }

    fn push(self) {
        let at = self.steps.with_untracked(|s| s.at) + 1;
        self.steps.set(Steps { at, last: at });
        if self.inside.with_value(Option::is_some) {
            let now = self.choices.get_untracked();
            self.inside.update_value(|inside| {
                if let Some(Inside { past, .. }) = inside {
                    past.truncate(at as usize);
                    past.push(now);
                }
            });
            self.write_address();
        } else if let Ok(history) = window().history() {
            let _ = history.push_state_with_url(&JsValue::from(at), "", Some(&self.address()));
        }
    }

    /// The address of what is shown, without a step: loading the frame again shows the same.
    fn write_address(self) {
        if let Ok(history) = window().history() {
            let at = if self.framed() { JsValue::NULL } else { JsValue::from(self.steps.with_untracked(|s| s.at)) };
            let _ = history.replace_state_with_url(&at, "", Some(&self.address()));
        }
    }

    fn address(self) -> String {
        let path = window().location().pathname().unwrap_or_default();
        let mut query = untrack(|| self.query());
        if let Some(own) = self.inside.with_value(|i| i.as_ref().map(|i| i.query.clone())).filter(|own| !own.is_empty()) {
            query = if query.is_empty() { own } else { [&own, "&", &query].concat() };
        }
        if query.is_empty() { path } else { [&path, "?", &query].concat() }
    }

    /// Listens to Back and Forward as long as the calling component lives. Does nothing on the server.
    pub fn follow_history(self) {
        Effect::new(move |_| {
            let here = window().location().pathname().unwrap_or_default();
            let at = history_step();
            self.steps.set(Steps { at, last: at });
            let handle = window_event_listener(ev::popstate, move |_| {
                let location = window().location();
                if location.pathname().unwrap_or_default() != here {
                    return;
                }
                let search = location.search().unwrap_or_default();
                let choices = from_query(&self.engine().product, &search);
                self.steps.update(|s| {
                    s.at = history_step();
                    s.last = s.last.max(s.at);
                });
                self.take(choices, Enter::FromHistory);
                // An earlier step may have another number of pieces in its address.
                if PriceFor::from_pairs(&pairs(&search)).pieces() != self.pieces.get_untracked() {
                    self.write_address();
                }
            });
            on_cleanup(move || handle.remove());
        });
    }
}

/// Whether the same words stand beside the answers. Of what is refused they name values: then nothing is taken for the same.
fn as_marked(a: &Shown, b: &Shown) -> bool {
    let sizes = |s: &Shown| (s.valid, s.blocked.len(), s.forced.len());
    let blocked = || a.blocked.iter().zip(&b.blocked).all(|(a, b)| a.option == b.option && a.value == b.value && a.range == b.range);
    let forced = || a.forced.iter().zip(&b.forced).all(|(a, b)| a.option == b.option && a.why == b.why && a.price_delta == b.price_delta);
    a.valid && sizes(a) == sizes(b) && blocked() && forced()
}

/// A query with what a price is asked for.
fn with_price(query: String, price: &PriceFor) -> String {
    price.pairs().into_iter().fold(query, |query, (name, value)| {
        let and = if query.is_empty() { "" } else { "&" };
        [&query, and, name, "=", &encode(&value)].concat()
    })
}

/// Number that this page left with the present entry of the history.
fn history_step() -> u32 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    window().history().ok().and_then(|h| h.state().ok()).and_then(|s| s.as_f64()).map_or(0, |n| n as u32)
}

/// `fitout:option` in the browser's timeline: what a change costs without drawing. Marks inside it part rules from meshes from upload.
struct Timing(Option<web_sys::Performance>);

impl Timing {
    fn start() -> Self {
        let performance = if cfg!(target_arch = "wasm32") { window().performance() } else { None };
        if let Some(p) = &performance {
            // The browser keeps marks for ever; only those of the last change are of interest.
            p.clear_marks();
            p.clear_measures();
        }
        mark("fitout:option:start");
        Self(performance)
    }

    fn end(self) {
        if let Some(p) = self.0 {
            let _ = p.measure_with_start_mark("fitout:option", "fitout:option:start");
        }
    }
}

/// Runs something once the browser has shown what there is: in the task after its next picture. At once on the server.
fn after_paint(run: impl FnOnce() + 'static) {
    if cfg!(target_arch = "wasm32") {
        let soon = move || set_timeout(run, std::time::Duration::ZERO);
        // A page that nobody sees has no next picture.
        if document().hidden() { soon() } else { request_animation_frame(soon) }
    } else {
        run();
    }
}

/// A mark in the browser's timeline.
pub(super) fn mark(name: &str) {
    if cfg!(target_arch = "wasm32")
        && let Some(p) = window().performance()
    {
        let _ = p.mark(name);
    }
}

#[cfg(test)]
mod tests {
    use super::super::choices::tests::wall;
    use super::*;

    #[test]
    fn an_address_means_its_own_element_and_all_that_are_picked_with_it() {
        let owner = Owner::new();
        owner.set();
        let config = Config::new(Engine { product: wall(), asked: PriceFor::default() }, Values::new());
        let heavy =
            |of: std::ops::Range<usize>| of.filter(|i| config.value(&format!("modules/{i}/frame")) == Some(Value::Text("heavy".into()))).collect::<Vec<_>>();
        let choose = |path: &str| config.propose(path, Value::Text("heavy".into()), Enter::Preview);
        choose("modules/3/frame");
        assert_eq!(heavy(0..6), [3], "nothing is picked");
        config.pick(Some(Picked { nest: "modules".into(), elements: vec![1, 2] }));
        assert!(config.after.with_untracked(|s| s.effects.contains_key("modules/1/frame")), "what is asked has its prices at once");
        choose("modules/1/frame");
        assert_eq!(heavy(0..6), [1, 2, 3]);
        choose("modules/5/frame");
        assert_eq!(heavy(0..6), [1, 2, 3, 5], "another one than those that are picked");
        assert_eq!(config.after.get_untracked().values, config.shown.get_untracked().values);
        assert_eq!(config.value("modules/6/frame"), None, "there are six");

        let two = Values::from([("modules".to_owned(), Value::List(vec![Value::Bool(true); 2]))]);
        config.drop_picks(&two);
        assert_eq!(config.picked.get_untracked().map(|p| p.elements), Some(vec![1]), "one of them is no longer there");
    }

    #[test]
    fn what_is_blocked_and_forced_is_told_when_it_changes_and_only_then() {
        let owner = Owner::new();
        owner.set();
        let config = Config::new(super::super::explain::tests::engine(), Values::new());
        // Whether the marks were told anew.
        let told = |choices: &[(&str, Value)]| {
            let before = config.marks.get_untracked();
            config.take(choices.iter().map(|(id, v)| ((*id).to_owned(), v.clone())).collect(), Enter::Preview);
            let (marks, shown) = (config.marks.get_untracked(), config.shown.get_untracked());
            assert_eq!((marks.valid, &marks.blocked), (shown.valid, &shown.blocked), "{choices:?}");
            let forced = |s: &Shown| s.forced.iter().map(|f| f.option.clone()).collect::<Vec<_>>();
            assert_eq!(forced(&marks), forced(&shown), "{choices:?}");
            !Arc::ptr_eq(&before, &marks)
        };
        let (frame, wide) = (|f: &str| ("frame", Value::Text(f.into())), |w: f64| ("width", Value::Num(w)));
        assert!(!told(&[wide(1800.0)]));
        assert!(!told(&[wide(1900.0), ("finish", Value::Text("white".into()))]));
        assert!(told(&[wide(1900.0), frame("standard")]), "now a wide top is blocked");
        assert!(!told(&[wide(1700.0), frame("standard")]));
        assert!(told(&[wide(2200.0)]), "and now the frame is forced");
        assert!(!told(&[wide(2300.0)]));
        assert!(told(&[wide(2200.0), frame("standard")]), "these do not go together");
        assert!(told(&[wide(2300.0), frame("standard")]), "nor these: words about a conflict name its values");
        assert!(told(&[wide(1800.0)]));
    }
}
