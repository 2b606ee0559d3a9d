//! Makes GLB and USDZ of some choices, then goes to their page.

use crate::loading::load_page;
use crate::pages::configure::choices::guess;
use crate::server_fns::{get_job, request_model};
use contract::{Job, JobStatus};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;
use ui::{Button, Erase, Glyph, Icon, LinkButton};

const POLL: Duration = Duration::from_millis(700);

/// How far it is.
#[derive(Clone, Copy)]
struct Making {
    percent: RwSignal<u8>,
    refused: RwSignal<Option<String>>,
    product: StoredValue<String>,
    query: StoredValue<String>,
}

impl Making {
    fn ask(self) {
        self.refused.set(None);
        self.percent.set(0);
        let (product, choices) = (self.product.get_value(), self.query.with_value(|q| guess(q)));
        spawn_local(async move {
            match request_model(product, choices, vec!["glb".to_owned(), "usdz".to_owned()]).await {
                Ok(job) => self.hear(job),
                Err(error) => self.refused.set(Some(error.detail())),
            }
        });
    }

    fn hear(self, job: Job) {
        match job.status {
            JobStatus::Completed => match job.result.as_ref().and_then(contract::JobResult::model_token) {
                Some(token) => load_page(&["/ar/", &token].concat()),
                None => self.refused.set(Some("The model was made, but its file is not there. Ask again.".to_owned())),
            },
            JobStatus::Failed | JobStatus::Cancelled => {
                self.refused.set(Some(job.error_message.unwrap_or_else(|| "The model was not made. Ask again.".to_owned())));
            }
            _ => {
                let _ = self.percent.try_set(job.progress);
                set_timeout(
                    move || {
                        spawn_local(async move {
                            match get_job(job.id).await {
                                // The page may be gone by now.
                                Ok(job) if self.percent.try_get_untracked().is_some() => self.hear(job),
                                Ok(_) => {}
                                Err(error) => drop(self.refused.try_set(Some(error.detail()))),
                            }
                        })
                    },
                    POLL,
                );
            }
        }
    }
}

#[component]
pub fn Make(product: String, query: String) -> impl IntoView {
    let back = ["/configure/", &product, if query.is_empty() { "" } else { "?" }, query.trim_start_matches('?')].concat();
    let making = Making { percent: RwSignal::new(0), refused: RwSignal::new(None), product: StoredValue::new(product), query: StoredValue::new(query) };
    Effect::new(move |_| making.ask());
    view! {
        <div class="room">
            <div>
                <h1>"In your room"</h1>
                {move || match making.refused.get() {
                    Some(words) => view! {
                        <p class="refused" role="alert"><Icon glyph=Glyph::TriangleAlert/><span>{words}</span></p>
                        <p><Button on_press=move |()| making.ask()>"Try again"</Button></p>
                    }.erase(),
                    None => view! { <p class="muted" role="status">{move || format!("Making the exact model at its real size, {}\u{2009}%", making.percent.get())}</p> }.erase(),
                }}
                <p><LinkButton href=back>"Back to the configurator"</LinkButton></p>
            </div>
        </div>
    }
    .erase()
}
