//! Mails: stored with their cause, handed over by a job afterwards.

use crate::errors::Refuse;
use crate::inner::Inner;
use facade::Outcome;
use ports::Mail;
use serde_json::json;
use std::time::Duration;
use store::TenantTx;
use store::mails::NewMail;
use store::runs::NewRun;

/// Kind of the runs that hand mails over.
pub(crate) const KIND: &str = "mail";

/// Stores a mail and, when a mail server is configured, puts its delivery in line: both in the caller's transaction.
pub(crate) async fn post(inner: &Inner, tx: &mut TenantTx, mail: &Mail) -> Outcome<()> {
    let id = inner.ports.ids.id();
    let delivers = inner.ports.mailer.delivers();
    // Names of people and organizations end up in the subject; a line break there would begin another header.
    let subject: String = mail.subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let new = NewMail {
        id,
        recipient: &mail.to,
        subject: &subject,
        body: &mail.body,
        state: if delivers { "waiting" } else { "kept" },
        attachment: mail.attachment.as_ref().map(|a| (a.name.as_str(), a.data.as_slice())),
    };
    store::mails::create(tx, &new).await.refuse()?;
    if delivers {
        let run = NewRun {
            tenant: tx.tenant(),
            kind: KIND.to_owned(),
            key: None,
            payload: json!({ "mail": id }),
            priority: 10,
            max_attempts: 8,
            delay: Duration::ZERO,
        };
        store::runs::enqueue(tx, &run).await.refuse()?;
    }
    Ok(())
}
