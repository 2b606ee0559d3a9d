//! The exact model: asked for after a moment of rest or by a button, followed by events and polling, shown without a jump.

use super::choices::to_wire;
use super::state::Config;
use super::view::{Presence, View};
use crate::loading::encode;
use crate::server_fns::{cancel_job, get_job, request_model};
use contract::{ErrorKind, Job, JobResult, JobStatus};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;
use ui::Erase;
use ui::{Button, Progress, Run, Size};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

const REST: Duration = Duration::from_millis(1200);
const POLL: Duration = Duration::from_millis(1500);

/// How the exact model of the present choices stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Exact {
    /// Not asked for.
    #[default]
    Idle,
    /// On its way to the server, or the file is being read.
    Waiting(&'static str),
    /// In line or at work.
    Working(Box<Job>),
    /// Shown; true when it was there already.
    Here(bool),
    /// Ended without a model, and why.
    Failed(String),
    /// Given up by the person.
    Cancelled,
    /// Exact models can't be made at present, and why.
    Away(String),
}

impl Exact {
    fn name(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Waiting(_) => "waiting",
            Self::Working(_) => "working",
            Self::Here(_) => "here",
            Self::Failed(_) => "failed",
            Self::Cancelled => "cancelled",
            Self::Away(_) => "away",
        }
    }
}

/// Handle of the exact model.
#[derive(Clone, Copy)]
pub struct ExactModel {
    config: Config,
    view: View,
    product: StoredValue<String>,
    /// Files of the first choices, when the server had them.
    files: StoredValue<Option<JobResult>>,
    /// Counts choices: whatever belongs to an older number is dropped.
    ticket: StoredValue<u32>,
    /// How it stands.
    pub state: RwSignal<Exact>,
}

impl ExactModel {
    /// For the configuration of a page.
    #[must_use]
    pub fn new(config: Config, view: View, product: String, files: Option<JobResult>) -> Self {
        Self { config, view, product: StoredValue::new(product), files: StoredValue::new(files), ticket: StoredValue::new(0), state: RwSignal::default() }
    }

    /// Follows the choices as long as the calling component lives. Does nothing on the server.
    pub fn follow(self, may_ask: bool) {
        Effect::new(move |_| {
            self.config.choices.track();
            let here = self.view.presence.get() == Presence::Here;
            let ticket = self
                .ticket
                .try_update_value(|t| {
                    *t += 1;
                    *t
                })
                .unwrap_or_default();
            // Nobody waits for the model of the choices before: its run is given up, unless others wait for it too.
            if let Exact::Working(job) = self.state.get_untracked() {
                spawn_local(async move {
                    let _ = cancel_job(job.id).await;
                });
            }
            self.state.set(Exact::Idle);
            if !here {
                return;
            }
            if let Some(url) = self.files.try_update_value(Option::take).flatten().and_then(|f| f.glb_url) {
                self.fetch(url, true, ticket);
                return;
            }
            if may_ask {
                set_timeout(
                    move || {
                        if self.current(ticket) && self.config.shown.with_untracked(|s| s.valid) && self.state.get_untracked() == Exact::Idle {
                            self.ask()
                        }
                    },
                    REST,
                );
            }
        });
        if may_ask {
            crate::live::listen("job.updated", move |job: Option<Job>| match job {
                Some(job) if self.watches(&job.id) => self.hear(job),
                Some(_) => {}
                None => spawn_local(self.look()),
            });
        }
    }

    fn current(self, ticket: u32) -> bool {
        self.ticket.try_get_value() == Some(ticket)
    }

    fn watches(self, id: &str) -> bool {
        self.state.try_with_untracked(|s| matches!(s, Exact::Working(job) if job.id == id)).unwrap_or(false)
    }

    /// Asks for the model of the present choices.
    pub fn ask(self) {
        let ticket = self.ticket.get_value();
        self.state.set(Exact::Waiting("Asking for the exact model"));
        let (product, choices) = (self.product.get_value(), self.config.choices.with_untracked(to_wire));
        spawn_local(async move {
            let answer = request_model(product, choices, vec!["glb".to_owned()]).await;
            if !self.current(ticket) {
                if let Ok(job) = answer
                    && job.status.open()
                {
                    let _ = cancel_job(job.id).await;
                }
                return;
            }
            match answer {
                Ok(job) => {
                    self.state.set(Exact::Working(Box::new(job.clone())));
                    self.hear(job);
                    self.poll(ticket);
                }
                Err(e) if e.kind() == ErrorKind::Unavailable => self.state.set(Exact::Away(e.detail())),
                Err(e) => self.state.set(Exact::Failed(e.detail())),
            }
        });
    }

    /// Looks again now and then: events may be held up by a proxy.
    fn poll(self, ticket: u32) {
        set_timeout(
            move || {
                if !self.current(ticket) || !matches!(self.state.try_get_untracked(), Some(Exact::Working(_))) {
                    return;
                }
                spawn_local(async move {
                    self.look().await;
                    self.poll(ticket);
                });
            },
            POLL,
        );
    }

    /// Reads the job that is waited for.
    async fn look(self) {
        if let Some(Exact::Working(job)) = self.state.try_get_untracked()
            && let Ok(job) = get_job(job.id).await
            && self.watches(&job.id)
        {
            self.hear(job);
        }
    }

    fn hear(self, job: Job) {
        match job.status {
            JobStatus::Completed => match job.result.as_ref().and_then(|r| r.glb_url.clone()).or_else(|| job.result_url.clone()) {
                Some(url) => self.fetch(url, job.cache_hit, self.ticket.get_value()),
                None => self.state.set(Exact::Failed("The model was made, but its file is not there. Ask again.".to_owned())),
            },
            JobStatus::Failed => {
                let code = job.error_code.map(|c| [" ", &c].concat()).unwrap_or_default();
                let words = job.error_message.unwrap_or_else(|| "The exact model was not made.".to_owned());
                self.state.set(Exact::Failed([words.as_str(), &code].concat()));
            }
            JobStatus::Cancelled => self.state.set(Exact::Cancelled),
            _ => self.state.set(Exact::Working(Box::new(job))),
        }
    }

    fn fetch(self, url: String, cached: bool, ticket: u32) {
        self.state.set(Exact::Waiting("Reading the exact model"));
        let generation = self.view.generation.get_untracked();
        spawn_local(async move {
            let shown = match fetch_bytes(&url).await {
                Some(bytes) => self.view.load(bytes, generation).await,
                None => Err("The file of the exact model did not arrive. The instant model stays.".to_owned()),
            };
            if self.current(ticket) {
                match shown {
                    Ok(true) => self.state.set(Exact::Here(cached)),
                    Ok(false) => {}
                    Err(words) => self.state.set(Exact::Failed(words)),
                }
            }
        });
    }

    /// Asks for a file beside the model, and says where it is to be found.
    pub fn order(self, file: Beside) {
        let (format, ready, get, being_made) = match file {
            Beside::Film => ("mp4", "The film of one turn is ready.", "Open it", "The film of one turn is being made: about a minute."),
            Beside::Drawing => ("pdf", "The technical drawing is ready.", "Download it", "The technical drawing is being made: some seconds."),
        };
        let (product, choices) = (self.product.get_value(), self.config.choices.with_untracked(to_wire));
        spawn_local(async move {
            match request_model(product, choices, vec![format.to_owned()]).await {
                Ok(job) => match job.result_url {
                    Some(url) => ui::toast_with(
                        ready,
                        get,
                        Callback::new(move |()| {
                            let _ = window().open_with_url_and_target(&url, "_blank");
                        }),
                    ),
                    None => ui::toast_with(being_made, "Watch it in Jobs", Callback::new(|()| crate::loading::load_page("/jobs"))),
                },
                Err(error) => ui::toast(&error.detail()),
            }
        });
    }

    /// Goes to the page that makes the files of this for a room.
    pub fn into_room(self) {
        let (product, query) = (self.product.get_value(), self.config.query());
        crate::loading::load_page(&["/ar/make/", &product, "?", &query].concat());
    }

    /// Gives the request up.
    pub fn cancel(self) {
        if let Exact::Working(job) = self.state.get_untracked() {
            self.state.set(Exact::Cancelled);
            spawn_local(async move {
                let _ = cancel_job(job.id).await;
            });
        }
    }
}

/// Bytes behind an address of this site; `None` when they don't come.
pub async fn fetch_bytes(url: &str) -> Option<Vec<u8>> {
    let get = |on: &JsValue, name: &str| js_sys::Reflect::get(on, &JsValue::from_str(name)).ok();
    let window: JsValue = window().into();
    let fetch: js_sys::Function = get(&window, "fetch")?.dyn_into().ok()?;
    let promise: js_sys::Promise = fetch.call1(&window, &JsValue::from_str(url)).ok()?.dyn_into().ok()?;
    let response: JsValue = JsFuture::from(promise).await.ok()?;
    if get(&response, "ok")?.as_bool() != Some(true) {
        return None;
    }
    let read: js_sys::Function = get(&response, "arrayBuffer")?.dyn_into().ok()?;
    let promise: js_sys::Promise = read.call0(&response).ok()?.dyn_into().ok()?;
    let buffer: JsValue = JsFuture::from(promise).await.ok()?;
    Some(js_sys::Uint8Array::new(&buffer).to_vec())
}

/// `64 %, about 6 s`.
fn share(job: &Job) -> String {
    let eta = match job.eta_s {
        Some(s) if s > 30 => ", we will tell you when it is ready".to_owned(),
        Some(s) if s > 0 => format!(", about {s} s"),
        _ => String::new(),
    };
    match job.status {
        JobStatus::Processing => format!("{}\u{2009}%{eta}", job.progress),
        _ if job.retry_count > 0 => "Trying again".to_owned(),
        _ => ["Queued", &eta].concat(),
    }
}

fn run(job: &Job) -> Run {
    match job.status {
        JobStatus::Processing => Run::Running,
        _ if job.retry_count > 0 => Run::Retrying,
        _ => Run::Queued,
    }
}

/// Who is in front of the page, as far as saving and exact models go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// May save, and ask for exact models.
    Maker,
    /// Has an account whose role only looks.
    Reader,
    /// Has no account.
    Visitor,
    /// On another site: sees the exact model where there is one, and asks for none.
    Guest,
}

impl Who {
    /// As the server says.
    #[must_use]
    pub fn of(data: &contract::ConfiguratorData) -> Self {
        match (data.can_save, data.signed_in) {
            (true, _) => Self::Maker,
            (false, true) => Self::Reader,
            (false, false) => Self::Visitor,
        }
    }
    fn name(self) -> &'static str {
        match self {
            Self::Maker => "maker",
            Self::Reader => "reader",
            Self::Visitor => "visitor",
            Self::Guest => "guest",
        }
    }
}

/// A file that can be asked for beside the exact model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// One turn, MP4.
    Film,
    /// Four views on paper, PDF.
    Drawing,
}

/// The card at the lower right of the stage.
#[component]
pub fn ExactCard(model: ExactModel, who: Who) -> impl IntoView {
    let state = model.state;
    let name = move || if who == Who::Maker || matches!(state.get(), Exact::Here(_)) { state.with(Exact::name) } else { who.name() };
    // Drawn again only when the kind of state changes: the line moves by itself.
    let kind = Memo::new(move |_| name());
    let job = Memo::new(move |_| state.with(|s| if let Exact::Working(job) = s { Some((**job).clone()) } else { None }));
    let ask = move |word: &'static str| view! { <Button size=Size::Small on_press=move |()| model.ask()>{word}</Button> };
    let row = |text: String, action: AnyView| view! { <div class="line"><span class="lab" role="status">{text}</span>{action}</div> }.erase();
    let beside = move || {
        let file = |word: &'static str, file: Beside| {
            view! { <button type="button" class="link plainlink" on:click=move |_| model.order(file)>{word}</button> }.erase()
        };
        (who == Who::Maker).then(|| view! { <span class="files">{file("Drawing", Beside::Drawing)}{file("Film", Beside::Film)}</span> }).erase()
    };
    let head = |right: &'static str| view! { <div class="line"><b class="strong">"Exact model"</b><span class="num muted">{right}</span></div> };
    view! {
        <div class="exact" role="group" aria-label="Exact model" data-state=name hidden=move || kind.get() == "guest">
            {move || match kind.get() {
                "working" => view! {
                    <Progress noun="Exact model" percent=Signal::derive(move || job.with(|j| j.as_ref().map_or(0, |j| j.progress))) state=Signal::derive(move || job.with(|j| j.as_ref().map_or(Run::Queued, run)))
                        share=Signal::derive(move || job.with(|j| j.as_ref().map(share).unwrap_or_default()))
                        step=Signal::derive(move || job.with(|j| match j.as_ref().map(|j| j.step.as_str()) { Some(step) if !step.is_empty() => [step, ". You can keep choosing."].concat(), _ => "You can keep choosing.".to_owned() }))>
                        <button type="button" class="link plainlink" on:click=move |_| model.cancel()>"Cancel"</button>
                    </Progress>
                }.erase(),
                "waiting" => view! { {head("")} {row(state.with_untracked(|s| if let Exact::Waiting(w) = s { (*w).to_owned() } else { String::new() }), ().erase())} }.erase(),
                "here" => {
                    let cached = state.with_untracked(|s| matches!(s, Exact::Here(true)));
                    view! { {head(if cached { "From cache" } else { "Ready" })} {row("Bevelled as it will be made.".to_owned(), beside())} }.erase()
                }
                "failed" => {
                    let words = state.with_untracked(|s| if let Exact::Failed(w) = s { w.clone() } else { String::new() });
                    view! { {head("Failed")} {row(words, ask("Try again").erase())} }.erase()
                }
                "away" => {
                    let words = state.with_untracked(|s| if let Exact::Away(w) = s { w.clone() } else { String::new() });
                    view! { {head("Not available")} {row(format!("{words} The instant model works as before."), ask("Try again").erase())} }.erase()
                }
                "cancelled" => view! { {head("Cancelled")} {row("The instant model is shown.".to_owned(), ask("Exact model").erase())} }.erase(),
                "guest" => ().erase(),
                "reader" => view! { {head("")} {row("Made by Blender for roles that may save.".to_owned(), ().erase())} }.erase(),
                "visitor" => {
                    let href = move || { let query = model.config.query(); let id = model.product.get_value(); sign_in(&id, &query) };
                    view! { {head("")} <div class="line"><span class="lab">"Made by Blender, with an account."</span><a class="link" href=href>"Sign in"</a></div> }.erase()
                }
                _ => view! { {head("")} {row("The instant model is shown.".to_owned(), ask("Exact model").erase())} }.erase(),
            }}
        </div>
    }
}

/// Address of the sign-in page that comes back to this configuration.
#[must_use]
pub fn sign_in(product: &str, query: &str) -> String {
    let here = if query.is_empty() { format!("/configure/{product}") } else { format!("/configure/{product}?{query}") };
    ["/auth/login?next=", &encode(&here)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_says_share_and_time_and_never_less_than_a_word() {
        let job = |status, progress, eta_s, retry_count| Job { status, progress, eta_s, retry_count, ..Job::default() };
        assert_eq!(share(&job(JobStatus::Processing, 64, Some(6), 0)), "64\u{2009}%, about 6 s");
        assert_eq!(share(&job(JobStatus::Processing, 64, None, 0)), "64\u{2009}%");
        assert_eq!(share(&job(JobStatus::Queued, 0, Some(90), 0)), "Queued, we will tell you when it is ready");
        assert_eq!(share(&job(JobStatus::Queued, 0, None, 1)), "Trying again");
        assert_eq!(run(&job(JobStatus::Queued, 0, None, 1)), Run::Retrying);
    }

    #[test]
    fn signing_in_comes_back_to_the_same_configuration() {
        assert_eq!(sign_in("p1", "width=1800&finish=oak"), "/auth/login?next=/configure/p1%3Fwidth%3D1800%26finish%3Doak");
        assert_eq!(sign_in("p1", ""), "/auth/login?next=/configure/p1");
    }
}
