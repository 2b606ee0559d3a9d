//! One job as a row, and its words.

use crate::{
    pictures::pair,
    server_fns::{CancelJob, RunAgain},
};
use contract::{Job, JobStatus};
use leptos::{form::ActionForm, prelude::*};
use ui::Erase;
use ui::{Badge, Button, Glyph, Kind, LinkButton, ProgressLine, Run, Size, Tone, when};

/// A job's state as people read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum JobState {
    Queued,
    Processing,
    Retrying,
    Completed,
    FromCache,
    Failed,
    Cancelled,
}

impl JobState {
    /// Of a job.
    #[must_use]
    pub fn of(job: &Job) -> Self {
        match job.status {
            JobStatus::Pending | JobStatus::Queued if job.retry_count > 0 => Self::Retrying,
            JobStatus::Pending | JobStatus::Queued => Self::Queued,
            JobStatus::Processing => Self::Processing,
            JobStatus::Completed if job.cache_hit && job.run_ms.is_none_or(|ms| ms == 0) => Self::FromCache,
            JobStatus::Completed => Self::Completed,
            JobStatus::Failed => Self::Failed,
            JobStatus::Cancelled => Self::Cancelled,
        }
    }
    /// The word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Processing => "Processing",
            Self::Retrying => "Retrying",
            Self::Completed => "Completed",
            Self::FromCache => "From cache",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }
    fn icon(self) -> Glyph {
        match self {
            Self::Queued => Glyph::Clock,
            Self::Processing => Glyph::Play,
            Self::Retrying => Glyph::RefreshCw,
            Self::Completed | Self::FromCache => Glyph::CircleCheck,
            Self::Failed => Glyph::CircleX,
            Self::Cancelled => Glyph::X,
        }
    }
    fn tone(self) -> Tone {
        match self {
            Self::Queued | Self::Cancelled => Tone::Plain,
            Self::Processing => Tone::Blue,
            Self::Retrying => Tone::Amber,
            Self::Completed | Self::FromCache => Tone::Green,
            Self::Failed => Tone::Red,
        }
    }
    /// For the progress line.
    #[must_use]
    pub fn run(self) -> Run {
        match self {
            Self::Queued => Run::Queued,
            Self::Processing => Run::Running,
            Self::Retrying => Run::Retrying,
            Self::Completed | Self::FromCache => Run::Done,
            Self::Failed => Run::Failed,
            Self::Cancelled => Run::Cancelled,
        }
    }
    /// Share and time in a few words (`64 %, about 6 s`).
    #[must_use]
    pub fn line(self, job: &Job) -> String {
        match (self, job.eta_s) {
            (Self::Processing, Some(s)) => format!("{} %, about {s} s", job.progress),
            (Self::Processing, None) => format!("{} %", job.progress),
            (Self::Completed, _) => job.completed_at.as_deref().map_or_else(|| self.word().to_owned(), |t| format!("Completed, {}", when::clock(t))),
            (Self::Failed, _) => job.error_code.as_ref().map_or_else(|| self.word().to_owned(), |c| format!("Failed, {c}")),
            _ => self.word().to_owned(),
        }
    }
}

/// What a job makes.
#[must_use]
pub fn makes(job: &Job) -> &'static str {
    match (job.kind.as_str(), job.result.as_ref().is_some_and(|r| r.usdz_url.is_some())) {
        ("turntable", _) => "Turntable film, MP4",
        ("drawing", _) => "Technical drawing, PDF",
        ("asset", _) => "Asset, levels and drawings",
        (_, true) => "Exact model, GLB, USDZ",
        _ => "Exact model, GLB",
    }
}

fn step(job: &Job, state: JobState) -> String {
    match state {
        JobState::Failed => job.error_message.clone().unwrap_or_else(|| "The reason was not recorded.".to_owned()),
        JobState::Retrying => {
            format!("{}Retry {} of {}", if job.step.is_empty() { String::new() } else { format!("{}. ", job.step) }, job.retry_count, job.max_retries)
        }
        JobState::Completed | JobState::FromCache => job.result.as_ref().filter(|r| r.bytes > 0).map(|r| when::bytes(r.bytes)).unwrap_or_default(),
        _ => job.step.clone(),
    }
}

fn time(job: &Job, state: JobState) -> String {
    match (state, job.eta_s, job.run_ms) {
        (JobState::Processing, Some(s), _) => format!("about {s} s"),
        (JobState::Queued, Some(s), _) => format!("takes about {s} s"),
        (JobState::FromCache, ..) => "0.0 s".to_owned(),
        (JobState::Failed, ..) => job.error_code.clone().unwrap_or_default(),
        (JobState::Completed, _, Some(ms)) => when::span(ms),
        _ => String::new(),
    }
}

/// One row; its cells follow the job, the row itself stays.
#[component]
pub fn Row(
    /// The job, changed by live events.
    job: RwSignal<Job>,
    /// Address of the list, up to the next part of its query.
    here: StoredValue<String>,
    /// Gives up.
    cancel: ServerAction<CancelJob>,
    /// Asks again.
    again: ServerAction<RunAgain>,
    /// The person's role includes asking for jobs.
    may_run: bool,
) -> impl IntoView {
    let state = Memo::new(move |_| job.with(JobState::of));
    let (title, code, id) = job.with_untracked(|j| (j.title.clone(), j.variant_code.clone(), j.id.clone()));
    let picture = job.with_untracked(|j| pair(&j.variant_code, j.picture_url.as_deref(), None));
    let label = format!("{title}: progress");
    let details = format!("{}job={id}", here.get_value());
    let action = move || {
        let id = id.clone();
        match state.get() {
            JobState::Queued | JobState::Processing | JobState::Retrying if may_run => view! {
                <ActionForm action=cancel><input type="hidden" name="id" value=id/><Button kind=Kind::Ghost size=Size::Small submit=true>"Cancel"</Button></ActionForm>
            }.erase(),
            JobState::Failed | JobState::Cancelled if may_run => view! {
                <ActionForm action=again><input type="hidden" name="id" value=id/><Button kind=if state.get_untracked() == JobState::Failed { Kind::Second } else { Kind::Ghost } size=Size::Small submit=true>"Run again"</Button></ActionForm>
            }.erase(),
            JobState::Completed | JobState::FromCache => job.with(|j| j.result_url.clone().or_else(|| j.product_id.as_ref().map(|p| format!("/configure/{p}")))).map(|href| {
                // A film plays in the tab; models and papers come as files.
                let word = if href.ends_with(".glb") || href.ends_with(".pdf") { "Download" } else { "Open" };
                view! { <LinkButton kind=Kind::Ghost size=Size::Small href>{word}</LinkButton> }
            }).erase(),
            _ => ().erase(),
        }
    };
    view! {
        <tr data-state=move || state.get().run().as_str() data-job=job.with_untracked(|j| j.id.clone())>
            <td class="im"><span>{match picture { (_, Some(line)) => Some((line, "lineart")), (Some(solid), None) => Some((solid, "")), _ => None }.map(|(src, class)| view! { <img class=class src=src alt="" width="60" height="45" loading="lazy"/> })}</span></td>
            <td class="what"><a class="nm link" href=details>{title}</a><div class="dim faint">{code}</div></td>
            <td class="muted mk">{move || job.with(makes)}</td>
            <td class="st"><Badge tone=Signal::derive(move || state.get().tone()) icon=Signal::derive(move || state.get().icon()) word=Signal::derive(move || state.get().word().to_owned())/></td>
            <td class="pgr"><ProgressLine label percent=Signal::derive(move || if matches!(state.get(), JobState::Completed | JobState::FromCache) { 100 } else { job.with(|j| j.progress) }) state=Signal::derive(move || state.get().run())/>
                <div class="one" data-tone=move || (state.get() == JobState::Failed).then_some("red") title=move || job.with(|j| step(j, state.get()))>{move || job.with(|j| step(j, state.get()))}</div></td>
            <td class="r muted tm">{move || job.with(|j| time(j, state.get()))}</td>
            <td class="dim muted wk">{move || if state.get() == JobState::FromCache { "cache".to_owned() } else { job.with(|j| j.worker_id.clone().unwrap_or_default()) }}</td>
            <td class="r ac">{action}</td>
        </tr>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_words_tell_waiting_from_retrying_and_made_from_cached() {
        let job = |status, retry_count, cache_hit, run_ms| Job { status, retry_count, cache_hit, run_ms, ..Job::default() };
        assert_eq!(JobState::of(&job(JobStatus::Queued, 0, false, None)), JobState::Queued);
        assert_eq!(JobState::of(&job(JobStatus::Queued, 1, false, None)), JobState::Retrying);
        assert_eq!(JobState::of(&job(JobStatus::Completed, 0, false, Some(900))), JobState::Completed);
        assert_eq!(JobState::of(&job(JobStatus::Completed, 0, true, None)), JobState::FromCache);
        let running = Job { status: JobStatus::Processing, progress: 64, eta_s: Some(6), ..Job::default() };
        assert_eq!(JobState::of(&running).line(&running), "64 %, about 6 s");
    }
}
