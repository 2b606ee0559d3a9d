//! The way into a room: makes GLB and USDZ of the present choices, and hands them to a phone.

use super::choices::to_wire;
use super::state::Config;
use crate::server_fns::{get_job, request_model};
use contract::{Job, JobResult, JobStatus};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;
use ui::{Button, Dialog, Erase, Glyph, Icon, LinkButton};

const POLL: Duration = Duration::from_millis(700);

/// How far it is.
#[derive(Clone, Debug, Default, PartialEq)]
enum Making {
    #[default]
    Idle,
    Waiting(u8),
    /// Token of the model's file.
    Ready(String),
    Failed(String),
}

/// Handle of the dialog.
#[derive(Clone, Copy)]
pub struct InRoom {
    config: Config,
    product: StoredValue<String>,
    open: RwSignal<bool>,
    state: RwSignal<Making>,
    ticket: StoredValue<u32>,
}

impl InRoom {
    /// For the configuration of a page.
    #[must_use]
    pub fn new(config: Config, product: String) -> Self {
        Self { config, product: StoredValue::new(product), open: RwSignal::new(false), state: RwSignal::default(), ticket: StoredValue::new(0) }
    }

    /// Opens the dialog, and asks for the files of what is shown.
    pub fn ask(self) {
        let ticket = self.ticket.get_value() + 1;
        self.ticket.set_value(ticket);
        self.open.set(true);
        self.state.set(Making::Waiting(0));
        let (product, choices) = (self.product.get_value(), self.config.choices.with_untracked(to_wire));
        spawn_local(async move {
            match request_model(product, choices, vec!["glb".to_owned(), "usdz".to_owned()]).await {
                Ok(job) => self.hear(job, ticket),
                Err(error) => self.state.set(Making::Failed(error.detail())),
            }
        });
    }

    fn hear(self, job: Job, ticket: u32) {
        if self.ticket.try_get_value() != Some(ticket) || self.open.try_get_untracked() != Some(true) {
            return;
        }
        match job.status {
            JobStatus::Completed => self.state.set(match job.result.as_ref().and_then(model_token) {
                Some(token) => Making::Ready(token),
                None => Making::Failed("The model was made, but its file is not there. Ask again.".to_owned()),
            }),
            JobStatus::Failed | JobStatus::Cancelled => {
                self.state.set(Making::Failed(job.error_message.unwrap_or_else(|| "The model was not made. Ask again.".to_owned())));
            }
            _ => {
                self.state.set(Making::Waiting(job.progress));
                set_timeout(
                    move || {
                        spawn_local(async move {
                            match get_job(job.id).await {
                                Ok(job) => self.hear(job, ticket),
                                Err(error) => self.state.set(Making::Failed(error.detail())),
                            }
                        })
                    },
                    POLL,
                );
            }
        }
    }
}

/// Token of a model's file: names its page in a room.
#[must_use]
pub fn model_token(files: &JobResult) -> Option<String> {
    files.glb_url.as_deref()?.strip_prefix("/files/")?.split('/').next().map(str::to_owned)
}

/// The dialog.
#[component]
pub fn InRoomDialog(room: InRoom) -> impl IntoView {
    view! {
        <Dialog title="In your room" text="At its real size, through the camera of a phone or tablet." open=room.open>
            {move || match room.state.get() {
                Making::Ready(token) => {
                    let page = format!("/ar/{token}");
                    view! {
                        <div class="qr"><img src=format!("/files/{token}/qr.svg") alt="Code with the address for a phone" width="220" height="220"/>
                            <p>"Point the camera at the code, or open the page on this device."</p></div>
                        <div class="acts"><LinkButton href=page>"Open the page"</LinkButton></div>
                    }.erase()
                }
                Making::Failed(words) => view! {
                    <p class="refused" role="alert"><Icon glyph=Glyph::TriangleAlert/><span>{words}</span></p>
                    <div class="acts"><Button on_press=move |()| room.ask()>"Try again"</Button></div>
                }.erase(),
                Making::Waiting(percent) => view! { <p class="muted" role="status">{format!("Making the model, {percent}\u{2009}%")}</p> }.erase(),
                Making::Idle => ().erase(),
            }}
        </Dialog>
    }
    .erase()
}
