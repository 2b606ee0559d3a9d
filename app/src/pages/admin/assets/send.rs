//! Sending files: a plain form without script; with it several files at once, dropped or chosen, with how far they are.

use contract::{LARGEST_UPLOAD, UNITS, UPS};
use leptos::{html, prelude::*};
use std::{cell::RefCell, collections::VecDeque, rc::Rc};
use ui::{Button, Erase, Glyph, Icon, Kind, Select, SelectOption, when};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{DragEvent, File, FileList, FormData, ProgressEvent, SubmitEvent, XmlHttpRequest};

/// Where files go.
const DOOR: &str = "/api/v1/assets";

/// One file on its way.
#[derive(Clone)]
struct Going {
    id: usize,
    name: String,
    /// Percent sent; then what became of it.
    percent: RwSignal<u32>,
    end: RwSignal<Option<Result<(), String>>>,
}

/// What a unit may be said to be.
pub fn units() -> Vec<SelectOption> {
    std::iter::once(("auto", "Detect")).chain(UNITS).map(|(value, words)| SelectOption::new(value, words)).collect()
}

/// What may be up.
pub fn ups() -> Vec<SelectOption> {
    std::iter::once(("auto", "Detect")).chain(UPS).map(|(value, words)| SelectOption::new(value, words)).collect()
}

/// The form.
#[component]
pub fn Send(
    /// Why a form without script came back.
    refused: Option<String>,
    /// Grows with every file that was taken.
    changed: RwSignal<u32>,
) -> impl IntoView {
    let (unit, up) = (RwSignal::new("auto".to_owned()), RwSignal::new("auto".to_owned()));
    let (input, over) = (NodeRef::<html::Input>::new(), RwSignal::new(false));
    let going = RwSignal::new(Vec::<Going>::new());
    let line = StoredValue::new_local(Line { waiting: Rc::default(), changed });
    let send = move |files: Option<FileList>| {
        let Some(files) = files else { return };
        for file in (0..files.length()).filter_map(|i| files.get(i)) {
            let one = Going { id: going.with_untracked(Vec::len), name: file.name(), percent: RwSignal::new(0), end: RwSignal::new(None) };
            going.update(|all| all.push(one.clone()));
            line.with_value(|line| line.join(file, [unit.get_untracked(), up.get_untracked()], one));
        }
        // The same file may be chosen again.
        if let Some(input) = input.get_untracked() {
            input.set_value("")
        }
    };
    let submit = move |ev: SubmitEvent| {
        ev.prevent_default();
        send(input.get_untracked().and_then(|i| i.files()))
    };
    let drop = move |ev: DragEvent| {
        ev.prevent_default();
        over.set(false);
        send(ev.data_transfer().and_then(|d| d.files()))
    };
    view! {
        <form class="drop" method="post" action=DOOR enctype="multipart/form-data" data-over=move || over.get().then_some("true") aria-label="Upload"
            on:submit=submit on:drop=drop on:dragover=move |ev| { ev.prevent_default(); over.set(true) } on:dragleave=move |_| over.set(false)>
            <div class="file">
                <label for="file"><Icon glyph=Glyph::Plus/>"Drop models or pictures here, or choose them"</label>
                <input node_ref=input id="file" type="file" name="file" required=true prop:multiple=true accept=".glb,.obj,.stl,.zip,.png,.jpg,.jpeg,.webp"/>
                <p class="lab">"GLB, OBJ, STL, or a ZIP of one with its pictures. PNG, JPEG, WebP. 64 MB each."</p>
            </div>
            <Select label="Unit of the file" name="unit" options=units() value=unit visible_label=true on_change=move |v| unit.set(v)/>
            <Select label="Up in the file" name="up" options=ups() value=up visible_label=true on_change=move |v| up.set(v)/>
            <Button kind=Kind::Main submit=true icon=Glyph::Plus>"Upload"</Button>
            {refused.map(|code| view! { <Refused code/> })}
            <ul class="going" aria-live="polite"><For each=move || going.get() key=|g| g.id let:one>{row(one)}</For></ul>
        </form>
    }
    .erase()
}

/// Why a file that a form sent was not taken.
#[component]
pub fn Refused(code: String) -> impl IntoView {
    view! { <p class="refused" role="alert"><Icon glyph=Glyph::TriangleAlert/><span>{words(&code)}</span></p> }.erase()
}

/// Words for a code that an address carries.
fn words(code: &str) -> &'static str {
    match code {
        "empty" => "The file is empty.",
        "too_large" => "A file has 64 MB at most. Simplify the model, or make its pictures smaller.",
        "not_an_asset" => "This is neither a model (GLB, OBJ, STL, or a ZIP with one) nor a picture (PNG, JPEG, WebP).",
        "forbidden" => "Your role may look at assets, but not upload any.",
        _ => "The file was not taken. Try again.",
    }
}

fn row(of: Going) -> AnyView {
    let Going { name, percent, end, .. } = of;
    let words = move || match end.get() {
        None => view! { <span class="num muted" aria-hidden="true">{move || percent.get()}" %"</span> }.erase(),
        Some(Ok(())) => view! { <span class="muted"><Icon glyph=Glyph::Check size="s"/>"Taken"</span> }.erase(),
        Some(Err(why)) => view! { <span class="error"><Icon glyph=Glyph::TriangleAlert size="s"/>{why}</span> }.erase(),
    };
    view! { <li><span class="truncate">{name}</span><progress max="100" value=move || percent.get() aria-hidden="true"></progress>{words}</li> }.erase()
}

type Waiting = (File, [String; 2], Going);

/// Files in line: one is sent at a time, so that a slow line is not shared.
#[derive(Clone)]
struct Line {
    /// The first is on its way.
    waiting: Rc<RefCell<VecDeque<Waiting>>>,
    changed: RwSignal<u32>,
}

impl Line {
    fn join(&self, file: File, said: [String; 2], going: Going) {
        self.waiting.borrow_mut().push_back((file, said, going));
        if self.waiting.borrow().len() == 1 {
            self.next();
        }
    }

    fn next(&self) {
        let Some((file, said, going)) = self.waiting.borrow().front().cloned() else { return };
        let line = self.clone();
        let changed = self.changed;
        let done = move |end: Result<(), String>| {
            if end.is_ok() {
                changed.try_update(|n| *n += 1);
            }
            going.end.try_set(Some(end));
            line.waiting.borrow_mut().pop_front();
            line.next();
        };
        if file.size() > LARGEST_UPLOAD as f64 {
            #[allow(clippy::cast_possible_truncation)] // Sizes of files are whole and far below 2^53.
            return done(Err(format!("{} is too large: 64 MB at most.", when::bytes(file.size() as i64))));
        }
        let percent = going.percent;
        if post(&file, &said, percent, done.clone()).is_err() {
            done(Err("The browser could not send the file.".to_owned()))
        }
    }
}

/// Sends one file. `done` is called once.
fn post(file: &File, [unit, up]: &[String; 2], percent: RwSignal<u32>, done: impl Fn(Result<(), String>) + 'static) -> Result<(), JsValue> {
    let form = FormData::new()?;
    form.append_with_blob_and_filename("file", file, &file.name())?;
    form.append_with_str("unit", unit)?;
    form.append_with_str("up", up)?;
    let request = XmlHttpRequest::new()?;
    request.open("POST", DOOR)?;
    request.set_request_header("accept", "application/json")?;
    let progress = Closure::<dyn Fn(ProgressEvent)>::new(move |ev: ProgressEvent| {
        if ev.total() > 0.0 {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to 100.
            let _ = percent.try_set((ev.loaded() / ev.total() * 100.0) as u32);
        }
    });
    request.upload()?.set_onprogress(Some(progress.as_ref().unchecked_ref()));
    progress.forget();
    let asked = request.clone();
    let ended = Closure::once_into_js(move || {
        let end = match asked.status() {
            Ok(200..=299) => Ok(()),
            Ok(0) | Err(_) => Err("The line was lost. Send the file again.".to_owned()),
            Ok(_) => Err(asked.response_text().ok().flatten().and_then(|text| said(&text)).unwrap_or_else(|| "The file was not taken. Try again.".to_owned())),
        };
        done(end)
    });
    request.set_onloadend(Some(ended.unchecked_ref()));
    request.send_with_opt_form_data(Some(&form))
}

/// What a refusal says.
fn said(text: &str) -> Option<String> {
    let problem: serde_json::Value = serde_json::from_str(text).ok()?;
    problem.get("detail")?.as_str().map(str::to_owned)
}
