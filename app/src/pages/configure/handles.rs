//! Handles at the ends of the dimension lines: a length is pulled where it is measured, within the same limits and steps as in the panel. They are for
//! pointers: keys and screen readers have the panel's slider, and need no second one.

use super::choices::snap;
use super::state::{Config, Enter};
use super::view::{DimLine, View};
use leptos::{ev, html, prelude::*};
use product::{Domain, Value};
use ui::Erase;
use wasm_bindgen::JsCast;

/// Axes of dimension lines, and what a definition calls the handle there.
const AXES: [(&str, &str); 3] = [("width", "x"), ("depth", "y"), ("height", "z")];

/// A pull under way.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pull {
    /// Where the pointer took hold, CSS pixels.
    from: [f64; 2],
    /// Along the line, outwards.
    way: [f64; 2],
    /// Millimetres of a pixel along it.
    mm: f64,
    /// The length then, millimetres.
    value: f64,
}

impl Pull {
    /// Takes hold of the end of a line. `None` where the line is seen from its end: there a pixel would be metres.
    fn of(line: &DimLine, from: [f64; 2], value: f64) -> Option<Self> {
        let [a, b] = line.segments[0].map(|p| p.map(f64::from));
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let length = dx.hypot(dy);
        (length >= 24.0).then(|| Self { from, way: [dx / length, dy / length], mm: line.value_mm / length, value })
    }

    /// The length that the pointer asks for, not yet on the grid.
    fn at(&self, pointer: [f64; 2]) -> f64 {
        let along = (pointer[0] - self.from[0]) * self.way[0] + (pointer[1] - self.from[1]) * self.way[1];
        self.value + along * self.mm
    }
}

/// Handles of the options that have one. `shown`: dimension lines are. One piece of HTML with one set of listeners: three times the same element would be
/// three times its code.
#[component]
pub fn Handles(config: Config, view: View, #[prop(into)] shown: Signal<bool>) -> impl IntoView {
    let engine = config.engine();
    let of = |(axis, name): (&'static str, &'static str)| {
        let option = engine.product.options.iter().find(|o| o.handle.as_deref() == Some(name))?;
        let Domain::Range { min, max, step, .. } = option.domain else { return None };
        Some(Held { axis, id: option.id.clone(), label: option.label.clone(), min, max, step })
    };
    let held: Vec<Held> = AXES.into_iter().filter_map(of).collect();
    let html = held.iter().fold(String::new(), |html, h| {
        [&html, "<div class=\"handle\" aria-hidden=\"true\" hidden data-axis=\"", h.axis, "\" title=\"", &ui::escape(&h.label), "\"></div>"].concat()
    });
    let held = StoredValue::new(held);
    let node = NodeRef::<html::Div>::new();
    let pull = StoredValue::new(None::<(usize, Pull)>);
    let value = move |k: usize| held.with_value(|held| config.value(&held[k].id).and_then(|v| v.as_num()).unwrap_or(held[k].min));
    let line = move |k: usize| held.with_value(|held| view.lines.with(|lines| lines.iter().find(|l| l.axis == held[k].axis).cloned()));
    Effect::new(move |_| {
        let Some(node) = node.get() else { return };
        let on = shown.get();
        let mut taken: Vec<[f32; 2]> = Vec::new();
        for k in 0..held.with_value(Vec::len) {
            let Some(el) = node.children().item(k as u32) else { continue };
            let place = line(k).filter(|_| on).map(|l| apart(l.segments[0], &taken));
            match place {
                Some([x, y]) => {
                    taken.push([x, y]);
                    let _ = el.remove_attribute("hidden");
                    let _ = el.set_attribute("style", &format!("left:{x:.1}px;top:{y:.1}px"));
                }
                None => drop(el.set_attribute("hidden", "")),
            }
        }
    });
    let choose = move |k: usize, to: f64, enter: Enter| {
        let (id, to) = held.with_value(|held| (held[k].id.clone(), snap(to, held[k].min, held[k].max, held[k].step)));
        if (to - untrack(|| value(k))).abs() > 1e-9 {
            config.propose(&id, Value::Num(to), enter);
        }
    };
    let place = |ev: &ev::PointerEvent| [f64::from(ev.client_x()), f64::from(ev.client_y())];
    let hit = move |target: Option<web_sys::EventTarget>| {
        let (target, node) = (target?.dyn_into::<web_sys::Element>().ok()?, node.get_untracked()?);
        let k = (0..node.children().length()).find(|k| node.children().item(*k).as_ref() == Some(&target))?;
        Some((k as usize, target))
    };
    let down = move |ev: ev::PointerEvent| {
        let Some((k, el)) = hit(ev.target()).filter(|_| ev.button() == 0) else { return };
        ev.stop_propagation();
        el.set_pointer_capture(ev.pointer_id()).ok();
        pull.set_value(untrack(|| line(k).and_then(|line| Pull::of(&line, place(&ev), value(k)))).map(|p| (k, p)));
    };
    let moved = move |ev: ev::PointerEvent| {
        if let Some((k, pull)) = pull.get_value() {
            choose(k, pull.at(place(&ev)), Enter::Preview);
        }
    };
    let up = move |_: ev::PointerEvent| {
        if pull.get_value().is_some() {
            pull.set_value(None);
            config.settle();
        }
    };
    view! { <div class="handles" node_ref=node inner_html=html on:pointerdown=down on:pointermove=moved on:pointerup=up on:pointercancel=up></div> }.erase()
}

/// The end of a line; where other handles are, so far before it that each has room.
fn apart([from, to]: [[f32; 2]; 2], taken: &[[f32; 2]]) -> [f32; 2] {
    const ROOM: f32 = 32.0;
    let (dx, dy) = (from[0] - to[0], from[1] - to[1]);
    let length = dx.hypot(dy);
    let mut back = 0.0;
    while back + ROOM < length {
        let [x, y] = [to[0] + dx / length * back, to[1] + dy / length * back];
        if taken.iter().all(|t| (t[0] - x).hypot(t[1] - y) >= ROOM) {
            return [x, y];
        }
        back += 4.0;
    }
    to
}

/// An option that can be pulled.
struct Held {
    axis: &'static str,
    id: String,
    label: String,
    min: f64,
    max: f64,
    step: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(from: [f32; 2], to: [f32; 2], value_mm: f64) -> DimLine {
        DimLine { axis: "width", value_mm, segments: [[from, to], [from, from], [to, to]], label: [0.0; 2] }
    }

    #[test]
    fn two_handles_at_one_corner_stand_apart() {
        let down = [[100.0, 400.0], [100.0, 100.0]];
        let near = |a: [f32; 2], y: f32| (a[0] - 100.0).abs() < 0.01 && (a[1] - y).abs() < 0.01;
        assert!(near(apart(down, &[]), 100.0));
        assert!(near(apart(down, &[[100.0, 116.0]]), 148.0), "past one that lies on the way");
        assert!(near(apart([[100.0, 120.0], [100.0, 100.0]], &[[98.0, 110.0]]), 100.0), "a short line has no room");
    }

    #[test]
    fn a_length_follows_the_pointer_along_its_line_alone() {
        let pull = Pull::of(&line([100.0, 300.0], [500.0, 300.0], 1600.0), [500.0, 300.0], 1600.0).expect("long enough");
        assert!((pull.at([525.0, 300.0]) - 1700.0).abs() < 1e-9);
        assert!((pull.at([525.0, 900.0]) - 1700.0).abs() < 1e-9, "across the line nothing changes");
        assert!((pull.at([400.0, 300.0]) - 1200.0).abs() < 1e-9);
        let slanted = Pull::of(&line([0.0, 0.0], [-300.0, 400.0], 1000.0), [0.0, 0.0], 800.0).expect("long enough");
        assert!((slanted.at([-30.0, 40.0]) - 900.0).abs() < 1e-9);
        assert_eq!(Pull::of(&line([10.0, 10.0], [20.0, 10.0], 800.0), [0.0; 2], 800.0), None, "seen from its end");
    }
}
