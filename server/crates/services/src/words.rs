//! Words of the mails that people get. Plain text, one purpose, what to do if it was not you.

use facade::Role;
use ports::Mail;

/// For setting a new password.
#[must_use]
pub fn reset(to: &str, name: &str, link: &str) -> Mail {
    Mail {
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
        to: to.to_owned(),
        subject: "Your password was changed".to_owned(),
        body: format!(
            "Hello {name},\n\nthe password of your Fitout account was changed, and every other device was signed out.\n\nIf it was not you, set a new one at once:\n\n{link}\n"
        ),
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
