//! Handles at the ends of the dimension lines: a length is pulled where it is measured, within the same limits and steps as in the panel.

use super::choices::snap;
use super::state::{Config, Enter};
use super::view::{DimLine, View};
use leptos::{ev, html, prelude::*};
use product::{Domain, Value};
use ui::{Erase, Units, format_length};

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

/// Handles of the options that have one. `shown`: dimension lines are.
#[component]
pub fn Handles(config: Config, view: View, #[prop(into)] shown: Signal<bool>, units: RwSignal<Units>) -> impl IntoView {
    let engine = config.engine();
    let of = |(axis, name): (&'static str, &'static str)| {
        let option = engine.product.options.iter().find(|o| o.handle.as_deref() == Some(name))?;
        let Domain::Range { min, max, step, .. } = option.domain else { return None };
        Some(handle(config, view, shown, units, Held { axis, id: option.id.clone(), label: option.label.clone(), min, max, step }))
    };
    AXES.into_iter().filter_map(of).collect_view()
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

fn handle(config: Config, view: View, shown: Signal<bool>, units: RwSignal<Units>, held: Held) -> AnyView {
    let Held { axis, id, label, min, max, step } = held;
    let id = StoredValue::new(id);
    let node = NodeRef::<html::Div>::new();
    let line = Memo::new(move |_| view.lines.with(|lines| lines.iter().find(|l| l.axis == axis).cloned()).filter(|_| shown.get()));
    let value = Memo::new(move |_| id.with_value(|id| config.value(id)).and_then(|v| v.as_num()).unwrap_or(min));
    let pull = StoredValue::new(None::<Pull>);
    let choose = move |to: f64, enter: Enter| {
        let to = snap(to, min, max, step);
        if (to - value.get_untracked()).abs() > 1e-9 {
            id.with_value(|id| config.propose(id, Value::Num(to), enter));
        }
    };
    let place = |ev: &ev::PointerEvent| [f64::from(ev.client_x()), f64::from(ev.client_y())];
    let down = move |ev: ev::PointerEvent| {
        let Some(line) = line.get_untracked().filter(|_| ev.button() == 0) else { return };
        ev.stop_propagation();
        if let Some(el) = node.get_untracked() {
            el.set_pointer_capture(ev.pointer_id()).ok();
        }
        pull.set_value(Pull::of(&line, place(&ev), value.get_untracked()));
    };
    let moved = move |ev: ev::PointerEvent| {
        if let Some(pull) = pull.get_value() {
            choose(pull.at(place(&ev)), Enter::Preview);
        }
    };
    let up = move |_: ev::PointerEvent| {
        if pull.get_value().is_some() {
            pull.set_value(None);
            config.settle();
        }
    };
    let keydown = move |ev: ev::KeyboardEvent| {
        let by = if ev.shift_key() { step * 10.0 } else { step };
        let now = value.get_untracked();
        let to = match ev.key().as_str() {
            "ArrowRight" | "ArrowUp" => now + by,
            "ArrowLeft" | "ArrowDown" => now - by,
            "Home" => min,
            "End" => max,
            _ => return,
        };
        ev.prevent_default();
        ev.stop_propagation();
        choose(to, Enter::Step);
    };
    let at = move |k: usize| line.with(|l| l.as_ref().map(|l| format!("{:.1}px", l.segments[0][1][k])));
    view! {
        <div class="handle" node_ref=node role="slider" tabindex="0" data-axis=axis aria-label=format!("{label}, pull to change") aria-valuemin=min aria-valuemax=max
            aria-valuenow=move || value.get() aria-valuetext=move || format_length(value.get(), units.get()) hidden=move || line.with(Option::is_none)
            style:left=move || at(0) style:top=move || at(1)
            on:pointerdown=down on:pointermove=moved on:pointerup=up on:pointercancel=up on:keydown=keydown></div>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(from: [f32; 2], to: [f32; 2], value_mm: f64) -> DimLine {
        DimLine { axis: "width", value_mm, segments: [[from, to], [from, from], [to, to]], label: [0.0; 2] }
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
