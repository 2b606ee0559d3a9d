//! The stage: pictures, 3D above them, dimension lines above that, tools and the exact model's card.

use super::choices::{to_wire, words};
use super::exact::{ExactCard, ExactModel, Who, fetch_bytes};
use super::handles::Handles;
use super::poses::Poses;
use super::state::Config;
use super::view::{DimLine, PartKind, Presence, Showing, View};
use crate::loading::encode;
use leptos::{html, prelude::*};
use ui::{Button, Erase, Glyph, Kind, Tooltip, Units, format_length};
use wasm_bindgen::{JsCast, closure::Closure};

/// Words and pictures of the stage.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subject {
    /// Product or configuration.
    pub name: String,
    /// One line under it.
    pub line: String,
    /// Lettering behind the line (SKU).
    pub sku: String,
    /// Edition.
    pub edition: String,
    /// Solid picture.
    pub solid: Option<String>,
    /// Line drawing.
    pub drawing: Option<String>,
    /// Where the server draws any choices, see [`sketch_of`].
    pub sketch: String,
}

/// Address of a line drawing of the present choices.
#[must_use]
pub fn sketch_of(config: Config, sketch: &str) -> Option<String> {
    let choices = config.choices.with_untracked(to_wire);
    (!sketch.is_empty()).then(|| [sketch, "&config_data=", &encode(&serde_json::Value::Object(choices).to_string())].concat())
}

/// What the tools act on.
#[derive(Clone, Copy)]
pub struct Tools {
    view: View,
    canvas: NodeRef<html::Canvas>,
    frame: NodeRef<html::Section>,
    name: StoredValue<String>,
    /// Dimension lines are shown.
    pub dimensions: RwSignal<bool>,
}

impl Tools {
    /// For a view.
    #[must_use]
    pub fn new(view: View, name: String) -> Self {
        Self { view, canvas: NodeRef::new(), frame: NodeRef::new(), name: StoredValue::new(name), dimensions: RwSignal::new(true) }
    }

    /// Back to the first look.
    pub fn reset(self) {
        self.view.reset();
    }

    /// Dimension lines on or off.
    pub fn toggle_dimensions(self) {
        self.dimensions.update(|d| *d = !*d);
    }

    /// Opens or closes doors and drawers.
    pub fn open(self) {
        if self.view.opens.get_untracked() {
            self.view.show(|s| s.open = !s.open);
        }
    }

    /// Numbers above the parts, and the list of them.
    pub fn number(self) {
        if self.view.presence.get_untracked() == Presence::Here {
            self.view.numbered.update(|n| *n = !*n);
        }
    }

    /// Takes the parts apart or puts them together.
    pub fn apart(self) {
        self.view.show(|s| s.apart = !s.apart);
    }

    /// Turntable on or off.
    pub fn turn(self) {
        self.view.show(|s| s.turning = !s.turning);
    }

    /// Into a room, or back into the studio.
    pub fn room(self) {
        self.view.stand_in();
    }

    /// Full screen on or off.
    pub fn full_screen(self) {
        if document().fullscreen_element().is_some() {
            document().exit_fullscreen();
        } else if let Some(frame) = self.frame.get_untracked() {
            let _ = frame.request_fullscreen();
        }
    }

    /// Saves what is seen as a PNG.
    pub fn picture(self) {
        let Some(canvas) = self.canvas.get_untracked() else { return };
        if !self.view.draw_now() {
            return;
        }
        let name = [&self.name.get_value(), ".png"].concat();
        let save = Closure::once_into_js(move |blob: web_sys::Blob| {
            let Ok(url) = web_sys::Url::create_object_url_with_blob(&blob) else { return };
            if let Some(link) = document().create_element("a").ok().and_then(|a| a.dyn_into::<web_sys::HtmlAnchorElement>().ok()) {
                link.set_href(&url);
                link.set_download(&name);
                link.click();
            }
            let _ = web_sys::Url::revoke_object_url(&url);
        });
        let _ = canvas.to_blob(save.unchecked_ref());
    }

    /// What is seen, as the address of a PNG with its bytes in it.
    pub fn snapshot(self) -> Option<String> {
        let canvas = self.canvas.get_untracked()?;
        if self.view.draw_now() { canvas.to_data_url().ok() } else { None }
    }

    /// The key of a tool, when one is meant.
    pub fn key(self, key: &str) -> bool {
        match key {
            "r" | "R" => self.reset(),
            "d" | "D" => self.toggle_dimensions(),
            "o" | "O" => self.open(),
            "e" | "E" => self.apart(),
            "n" | "N" => self.number(),
            "t" | "T" => self.turn(),
            "f" | "F" => self.full_screen(),
            "l" | "L" => self.room(),
            "p" | "P" => self.picture(),
            _ => return false,
        }
        true
    }
}

/// Whether an event comes from something that takes text.
#[must_use]
pub fn typing(target: Option<web_sys::EventTarget>) -> bool {
    target
        .and_then(|t| t.dyn_into::<web_sys::HtmlElement>().ok())
        .is_some_and(|e| matches!(e.tag_name().as_str(), "INPUT" | "SELECT" | "TEXTAREA") || e.is_content_editable())
}

/// The stage.
#[component]
pub fn Stage(
    /// What is shown.
    config: Config,
    /// Its view.
    view: View,
    /// Tools.
    tools: Tools,
    /// Words and pictures.
    subject: Subject,
    /// Exact model, where the page has one.
    model: ExactModel,
    /// Who looks at it.
    who: Who,
    /// Choices can be made here: named values of a range switched, lengths pulled.
    #[prop(optional)]
    editable: bool,
) -> impl IntoView {
    let canvas = tools.canvas;
    view.announce();
    Effect::new(move |opened: Option<bool>| {
        if opened == Some(true) {
            return true;
        }
        canvas.get().is_some_and(|canvas| {
            view.open(canvas, config);
            true
        })
    });
    on_cleanup(move || view.close());
    #[cfg(feature = "ssr")]
    let look = super::view::look(&config.engine(), &config.shown.with_untracked(|s| s.values.clone()));
    #[cfg(not(feature = "ssr"))]
    let look = "";
    let name = subject.name.clone();
    let spoken = {
        let name = name.clone();
        Memo::new(move |_| describe(config, &name, view.shown.get(), &view.seen_from.get()))
    };
    let label = ["3D view of ", &name].concat();
    let pictures = pictures(&subject);
    follow(config, view, subject.sketch);
    let note = move || match view.presence.get() {
        Presence::Unavailable => {
            Some("3D needs WebGL 2, which this browser does not offer. The server draws what you choose instead; price and options work as always.")
        }
        Presence::Lost => Some("The graphics card was taken away by the system. The model comes back by itself."),
        _ => None,
    };
    let presence = move || match view.presence.get() {
        Presence::Coming => "coming",
        Presence::Here => "here",
        Presence::Unavailable => "unavailable",
        Presence::Lost => "lost",
    };
    // Dimensions are those of the whole, put together.
    let lines_shown = Signal::derive(move || tools.dimensions.get() && view.presence.get() == Presence::Here && !view.shown.get().apart);
    view! {
        <section class="stage" aria-label=label node_ref=tools.frame data-view=presence data-mode=move || if view.exact.get() { "exact" } else { "instant" }>
            <div class="pic">{pictures}</div>
            <canvas class="view3d" node_ref=canvas data-look=look tabindex="0" role="img" aria-label=move || spoken.get() aria-describedby="view-help"></canvas>
            <p class="sr" id="view-help">"Arrow keys turn, plus and minus come closer and go back, Home shows the whole."</p>
            <Lines view on=lines_shown units=config.units/>
            <div class="contents" inner_html=PARTS></div>
            {editable.then(|| view! { <Handles config view shown=lines_shown/> })}
            <div class="name"><h1>{name}</h1><p>{subject.line}" "<span class="dim">{subject.sku}</span>{(!subject.edition.is_empty()).then(|| [", edition ", &subject.edition].concat())}</p></div>
            {editable.then(|| view! { <Poses config/> })}
            {move || note().map(|n| view! { <p class="notice" role="status">{n}</p> })}
            <div class="viewbar" role="toolbar" aria-label="View">
                {tool("Reset view", "R", Glyph::Rotate3d, None, move || tools.reset())}
                {tool("Dimensions", "D", Glyph::Ruler, Some(tools.dimensions.into()), move || tools.toggle_dimensions())}
                {move || view.opens.get().then(|| tool("Open", "O", Glyph::DoorOpen, Some(Signal::derive(move || view.shown.get().open)), move || tools.open()))}
                {tool("Exploded view", "E", Glyph::Ungroup, Some(Signal::derive(move || view.shown.get().apart)), move || tools.apart())}
                {tool("Parts", "N", Glyph::ListOrdered, Some(view.numbered.into()), move || tools.number())}
                {tool("Turntable", "T", Glyph::RotateCw, Some(Signal::derive(move || view.shown.get().turning)), move || tools.turn())}
                {tool("Light of a room", "L", Glyph::Sun, Some(Signal::derive(move || view.shown.get().room)), move || tools.room())}
                {tool("Picture", "P", Glyph::Camera, None, move || tools.picture())}
                {(who == Who::Maker).then(|| tool("In your room", "", Glyph::Smartphone, None, move || model.into_room()))}
                {tool("Full screen", "F", Glyph::Maximize, None, move || tools.full_screen())}
            </div>
            <ExactCard model who/>
            <Spoken config/>
        </section>
    }
}

/// A button of the view's bar, with its key. `on`: it is a switch.
fn tool(name: &'static str, key: &'static str, icon: Glyph, on: Option<Signal<bool>>, press: impl Fn() + Send + Sync + 'static) -> AnyView {
    button(name, key, icon, on, Callback::new(move |()| press()))
}

fn button(name: &'static str, key: &'static str, icon: Glyph, on: Option<Signal<bool>>, on_press: Callback<()>) -> AnyView {
    let button = match on {
        Some(pressed) => view! { <Button kind=Kind::Ghost icon icon_only=true pressed on_press>{name}</Button> }.erase(),
        None => view! { <Button kind=Kind::Ghost icon icon_only=true on_press>{name}</Button> }.erase(),
    };
    view! { <Tooltip text=name key above=true>{button}</Tooltip> }.erase()
}

/// The line drawing at once, the solid over it: the page reads before any script.
fn pictures(subject: &Subject) -> impl IntoView + use<> {
    let alt = ["Picture of ", &subject.name].concat();
    let has_solid = subject.solid.is_some();
    let line_alt = if has_solid { String::new() } else { alt.clone() };
    (has_solid || subject.drawing.is_some()).then(|| {
        view! {
            <span class="poster" data-solid=has_solid.then_some("")>
                {subject.drawing.clone().map(|src| view! { <img class="lineart ln" src=src alt=line_alt width="960" height="720" decoding="async"/> })}
                {subject.solid.clone().map(|src| view! { <img class="rd" src=src alt=alt width="960" height="720" decoding="async" fetchpriority="high"/> })}
            </span>
        }
    })
}

/// Something of the stage.
fn of_stage(what: &str) -> Option<web_sys::Element> {
    document().query_selector(&[".stage ", what].concat()).ok().flatten()
}

/// What follows the choices once the hand rests: the list of parts, and where there is no 3D the picture. Done by hand, in one effect: components would
/// cost more code than what they show.
fn follow(config: Config, view: View, sketch: String) {
    let (due, first) = (StoredValue::new(0_u32), sketch_of(config, &sketch));
    let (sketch, first) = (StoredValue::new(sketch), StoredValue::new(first));
    Effect::new(move |_| {
        view.generation.track();
        config.choices.track();
        let (numbered, units) = (view.numbered.get(), config.units.get());
        let without = view.presence.get() == Presence::Unavailable;
        if let Some(parts) = of_stage(".parts") {
            parts.set_class_name(if numbered { "parts" } else { "parts sr" });
            let _ = parts.set_attribute("tabindex", if numbered { "0" } else { "-1" });
        }
        if let Some(marks) = of_stage(".marks").filter(|_| !numbered) {
            marks.set_inner_html("");
        }
        let act = move || {
            let kinds = view.count();
            if let (Some(parts), Some(list)) = (of_stage(".parts"), of_stage(".parts ol")) {
                list.set_inner_html(&kinds.iter().map(|k| listed(k, units)).collect::<String>());
                // Nothing to read where nothing is drawn.
                let _ = if kinds.is_empty() { parts.set_attribute("hidden", "") } else { parts.remove_attribute("hidden") };
            }
            let src = sketch.with_value(|s| sketch_of(config, s)).filter(|_| without);
            // What the page came with shows the choices that it came with.
            let Some(src) = src.filter(|src| of_stage(".instead").is_some() || first.with_value(|f| f.as_ref() != Some(src))) else { return };
            leptos::task::spawn_local(async move {
                // Only a picture that came takes the place of another, and only while it is wanted.
                if fetch_bytes(&src).await.is_some() && sketch.try_with_value(|s| sketch_of(config, s)).flatten().as_ref() == Some(&src) {
                    instead(&src);
                }
            });
        };
        // With each step of a hand that pulls would be too often.
        rest(due, if numbered || without { 200 } else { 500 }, Box::new(act));
    });
}

/// Shows a drawing in place of the pictures.
fn instead(src: &str) {
    let Some(poster) = of_stage(".poster") else { return };
    if poster.query_selector(".instead").is_ok_and(|img| img.is_none()) {
        let _ = poster.remove_attribute("data-solid");
        poster.set_inner_html("<img class=\"lineart ln instead\" width=\"960\" height=\"720\">");
    }
    if let Some(img) = of_stage(".instead") {
        let alt = of_stage(".view3d").and_then(|canvas| canvas.get_attribute("aria-label")).unwrap_or_default();
        let _ = img.set_attribute("src", src);
        let _ = img.set_attribute("alt", &alt);
    }
}

/// Does something unless the same is wanted again within some milliseconds.
fn rest(due: StoredValue<u32>, ms: u64, act: Box<dyn FnOnce()>) {
    let next = |d: &mut u32| {
        *d += 1;
        *d
    };
    let turn = due.try_update_value(next).unwrap_or_default();
    let now = move || {
        if due.try_get_value() == Some(turn) {
            act();
        }
    };
    set_timeout(now, std::time::Duration::from_millis(ms));
}

/// Numbers above the picture and the list that they belong to: for whoever reads the picture, and for whoever wants to know. [`follow`] fills the list, the
/// view the numbers.
const PARTS: &str =
    "<svg class=\"ov marks\" aria-hidden=\"true\"></svg><section class=\"parts sr\" aria-label=\"Parts\" tabindex=\"-1\" hidden><ol></ol></section>";

/// One kind of parts as an item of a list; its name is whatever the product's definition says.
fn listed(kind: &PartKind, units: Units) -> String {
    let [w, d, h] = kind.size_mm.map(|v| format_length(f64::from(v), units));
    let count = if kind.count > 1 { format!("{} × ", kind.count) } else { String::new() };
    let plain = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    format!("<li>{count}{} <span class=\"num\">{w} × {d} × {h}</span> {}</li>", plain(&kind.name), plain(&kind.material))
}

/// Words for the model: name, size, answers, side.
fn describe(config: Config, name: &str, how: Showing, seen_from: &str) -> String {
    let engine = config.engine();
    let units = config.units.get();
    let values = config.after.with(|s| s.values.clone());
    let size = engine.size_mm(&values).map(|[w, d, h]| [", ", &say(w, units), " by ", &say(d, units), " by ", &say(h, units)].concat()).unwrap_or_default();
    let answers: Vec<String> = engine
        .product
        .options
        .iter()
        .filter(|o| o.unit != "mm")
        .filter_map(|o| match values.get(&o.id)? {
            product::Value::Bool(false) => None,
            product::Value::Bool(true) => Some(["with ", &o.label.to_lowercase()].concat()),
            v => Some([&o.label.to_lowercase(), " ", &words(o, v, units)].concat()),
        })
        .collect();
    let answers = if answers.is_empty() { String::new() } else { ["; ", &answers.join(", ")].concat() };
    let side = if seen_from.is_empty() { String::new() } else { [". Seen from ", seen_from].concat() };
    let state = match how {
        Showing { apart: true, .. } => ", taken apart",
        Showing { open: true, .. } => ", open",
        _ => "",
    };
    format!("{name}{size}{answers}{state}{side}")
}

fn say(mm: f64, units: Units) -> String {
    if units == Units::Mm { [&format_length(mm, units), " mm"].concat() } else { format_length(mm, units) }
}

/// Price and size, spoken once the hand rests.
#[component]
fn Spoken(config: Config) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let due = StoredValue::new(0_u32);
    Effect::new(move |first: Option<()>| {
        let shown = config.shown.get();
        // Nothing is said when the page opens: it reads itself.
        if first.is_none() {
            return;
        }
        let say = move || {
            let engine = config.engine();
            let price = contract::format_money(&engine.product.currency, shown.total);
            let size = engine
                .size_mm(&shown.values)
                .map(|[w, d, h]| {
                    [", ", &format_length(w, Units::Mm), " by ", &format_length(d, Units::Mm), " by ", &format_length(h, Units::Mm), " mm"].concat()
                })
                .unwrap_or_default();
            text.set([price, size].concat());
        };
        rest(due, 600, Box::new(say));
    });
    view! { <p class="sr" role="status">{move || text.get()}</p> }
}

/// Dimension lines in screen pixels above the canvas.
#[component]
fn Lines(view: View, on: Signal<bool>, units: RwSignal<Units>) -> impl IntoView {
    move || {
        on.get().then(|| {
            let [w, h] = view.size.get();
            let lines = view.lines.get();
            view! {
                <svg class="ov" viewBox=format!("0 0 {w} {h}") aria-hidden="true">
                    {lines.iter().map(|l| view! { <path d=path(l)/><path class="tk" d=ticks(l)/> }).collect_view()}
                </svg>
                <div class="dms" aria-hidden="true">
                    {lines.iter().map(|l| {
                        let (x, y) = (l.label[0].clamp(28.0, (w - 28.0).max(28.0)), l.label[1].clamp(12.0, (h - 12.0).max(12.0)));
                        let text = if l.axis == "width" { say(l.value_mm, units.get()) } else { format_length(l.value_mm, units.get()) };
                        view! { <span class="dm num" data-axis=l.axis style:left=format!("{x:.1}px") style:top=format!("{y:.1}px")>{text}</span> }
                    }).collect_view()}
                </div>
            }
        })
    }
}

fn path(line: &DimLine) -> String {
    line.segments.iter().map(|[a, b]| format!("M{:.1} {:.1}L{:.1} {:.1}", a[0], a[1], b[0], b[1])).collect()
}

/// A stroke at 45° to the page at either end of the measuring line.
fn ticks(line: &DimLine) -> String {
    line.segments[0].iter().map(|p| format!("M{:.1} {:.1}l11 -11", p[0] - 5.5, p[1] + 5.5)).collect()
}

#[cfg(test)]
mod tests {
    use super::{DimLine, PartKind, Units, listed, path, ticks};

    #[test]
    fn names_of_parts_are_text_whatever_they_hold() {
        let kind = PartKind { name: "<img onerror=x> & Co".into(), material: "oak".into(), size_mm: [600.0, 20.0, 5.0], count: 2 };
        assert_eq!(listed(&kind, Units::Mm), "<li>2 × &lt;img onerror=x> &amp; Co <span class=\"num\">600 × 20 × 5</span> oak</li>");
    }

    #[test]
    fn lines_are_drawn_with_their_ticks() {
        let line = DimLine {
            axis: "width",
            value_mm: 1800.0,
            segments: [[[10.0, 20.0], [110.0, 20.0]], [[10.0, 25.0], [10.0, 10.0]], [[110.0, 25.0], [110.0, 10.0]]],
            label: [60.0, 20.0],
        };
        assert_eq!(path(&line), "M10.0 20.0L110.0 20.0M10.0 25.0L10.0 10.0M110.0 25.0L110.0 10.0");
        assert_eq!(ticks(&line).matches('M').count(), 2);
    }
}
