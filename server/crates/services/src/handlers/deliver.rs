//! Handing mails over.

use crate::inner::Inner;
use jobs::{JobError, RunContext};
use ports::{Attachment, Mail, MailError};
use serde_json::{Value, json};
use uuid::Uuid;

/// Sends one mail. A crash between sending and noting it sends it twice: rather twice than never.
pub(super) async fn mail(inner: &Inner, ctx: RunContext) -> Result<Value, JobError> {
    let id: Uuid = serde_json::from_value(ctx.run.payload["mail"].clone()).map_err(|_| JobError::fail("E-INTERNAL", "The mail's id can't be read."))?;
    let mut tx = inner.store.tenant(&ctx.scope()).await?;
    let Some(row) = store::mails::get(&mut tx, id).await? else { return Ok(json!({ "state": "gone" })) };
    let file = store::mails::attachment(&mut tx, id).await?;
    drop(tx);
    if row.state != "waiting" {
        return Ok(json!({ "state": row.state }));
    }
    let (state, error, outcome) = if inner.ports.mailer.delivers() {
        let attachment = file.map(|(name, data, _)| Attachment { name, data });
        match inner.ports.mailer.send(&Mail { to: row.recipient, subject: row.subject, body: row.body, attachment }).await {
            Ok(()) => ("sent", None, Ok(())),
            Err(error @ MailError::Address(_)) => ("failed", Some(error.to_string()), Err(JobError::fail("E-MAIL-ADDRESS", error.to_string()))),
            Err(error @ MailError::Transport(_)) => {
                let last = ctx.run.attempt >= ctx.run.max_attempts;
                (if last { "failed" } else { "waiting" }, Some(error.to_string()), Err(JobError::retry("E-MAIL", error.to_string())))
            }
        }
    } else {
        ("kept", None, Ok(()))
    };
    let mut tx = inner.store.tenant(&ctx.scope()).await?;
    ctx.lease.guard(&mut tx).await?;
    store::mails::set_state(&mut tx, id, state, error.as_deref()).await?;
    tx.commit().await?;
    outcome.map(|()| json!({ "state": state }))
}
