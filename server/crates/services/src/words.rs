//! Words of the mails that people get. Plain text, one purpose, what to do if it was not you.

use facade::Role;
use ports::{Attachment, Mail};

/// For setting a new password.
#[must_use]
pub fn reset(to: &str, name: &str, link: &str) -> Mail {
    Mail {
        attachment: None,
        to: to.to_owned(),
        subject: "Set a new password".to_owned(),
        body: format!(
            "Hello {name},\n\nsomebody asked to set a new password for your Fitout account. If it was you, open this page within one hour:\n\n{link}\n\n\
             It works once. If it was not you, do nothing: your password stays as it is.\n"
        ),
    }
}

/// For joining a workspace.
#[must_use]
pub fn invitation(to: &str, from: &str, organization: &str, role: Role, link: &str) -> Mail {
    Mail {
        attachment: None,
        to: to.to_owned(),
        subject: format!("{from} invites you to {organization}"),
        body: format!(
            "Hello,\n\n{from} invites you to work in {organization} on Fitout as {}. Open this page within seven days:\n\n{link}\n\n\
             If you don't know them, do nothing.\n",
            role_words(role)
        ),
    }
}

/// After a new password was set.
#[must_use]
pub fn password_changed(to: &str, name: &str, link: &str) -> Mail {
    Mail {
        attachment: None,
        to: to.to_owned(),
        subject: "Your password was changed".to_owned(),
        body: format!(
            "Hello {name},\n\nthe password of your Fitout account was changed, and every other device was signed out.\n\nIf it was not you, set a new one at once:\n\n{link}\n"
        ),
    }
}

/// A question about a configuration.
pub struct Asked<'a> {
    pub organization: &'a str,
    pub name: &'a str,
    pub email: &'a str,
    pub message: &'a str,
    /// A quote is asked for.
    pub quote: bool,
    pub product: &'a str,
    pub variant: &'a str,
    pub price: String,
    pub link: &'a str,
    /// Origin of the site that it came from.
    pub origin: &'a str,
    /// The specification.
    pub paper: Option<Attachment>,
}

impl Asked<'_> {
    fn facts(&self) -> String {
        format!("{}\n{}\n{}, excl. tax\n{}\n", self.product, self.variant, self.price, self.link)
    }

    /// For whoever asked; `answers` is who will write to them. Without the message: the address may be a stranger's.
    #[must_use]
    pub fn receipt(&self, answers: Option<&str>) -> Mail {
        let wish = if self.quote { "your request for a quote" } else { "your question" };
        let answers = answers.map(|mail| format!(" You can write to {mail} as well.")).unwrap_or_default();
        Mail {
            attachment: self.paper.clone(),
            to: self.email.to_owned(),
            subject: format!("Your {}", self.product),
            body: format!(
                "Hello {},\n\n{} has {wish} and will answer.{answers}\n\nThis is what you configured{}. The link is for good and keeps this price on record:\n\n{}\n\
                 If it was not you, do nothing: somebody mistyped an address.\n",
                self.name,
                self.organization,
                if self.paper.is_some() { "; the specification is attached" } else { "" },
                self.facts()
            ),
        }
    }

    /// For whoever answers; `page` is the configuration in their workspace.
    #[must_use]
    pub fn notice(&self, to: &str, page: &str) -> Mail {
        let wish = if self.quote { "asks for a quote for" } else { "asks about" };
        let message = if self.message.is_empty() { String::new() } else { format!("\nThe message:\n\n{}\n", self.message) };
        let from = if self.origin.is_empty() { String::new() } else { format!(" on {}", self.origin) };
        Mail {
            attachment: self.paper.clone(),
            to: to.to_owned(),
            subject: format!("{} {wish} {}", self.name, self.product),
            body: format!("{} ({}) {wish}{from}:\n\n{}\nIn your workspace: {page}\n{message}", self.name, self.email, self.facts()),
        }
    }
}

/// A role as people say it, with its article.
#[must_use]
pub fn role_words(role: Role) -> &'static str {
    match role {
        Role::Admin => "an administrator",
        Role::Designer => "a designer",
        Role::SalesRep => "a sales representative",
        Role::Viewer => "a viewer",
        Role::FacilityManager => "a facility manager",
        Role::CatalogAdmin => "a catalogue administrator",
    }
}
