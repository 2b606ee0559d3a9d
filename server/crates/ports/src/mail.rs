//! Sending mail.

use async_trait::async_trait;
use std::sync::Mutex;
use thiserror::Error;

/// A mail with a plain text body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Address of the receiver.
    pub to: String,
    /// Subject line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// A file that goes with it.
    pub attachment: Option<Attachment>,
}

/// A PDF that goes with a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// What the receiver's mail program calls it; plain ASCII.
    pub name: String,
    /// Its bytes.
    pub data: Vec<u8>,
}

/// Why a mail was not handed over.
#[derive(Debug, Error)]
pub enum MailError {
    /// The address can't be a mail address: trying again is pointless.
    #[error("the address {0} is not valid")]
    Address(String),
    /// The mail server did not take it: try again later.
    #[error("the mail server did not take the mail: {0}")]
    Transport(String),
}

/// Hands mails to a mail server.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends one mail.
    ///
    /// # Errors
    /// [`MailError`].
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
    /// False when no mail server is configured: then the outbox page shows mails instead.
    fn delivers(&self) -> bool;
}

/// Keeps mails for tests.
#[derive(Debug, Default)]
pub struct FakeMailer(Mutex<Vec<Mail>>);

impl FakeMailer {
    /// What was sent so far.
    #[must_use]
    pub fn sent(&self) -> Vec<Mail> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Mailer for FakeMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(mail.clone());
        Ok(())
    }
    fn delivers(&self) -> bool {
        true
    }
}
