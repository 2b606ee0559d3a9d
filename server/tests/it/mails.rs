//! Mails.

use contract::{ForgotPassword, PageRequest};
use test_kit::{Options, TestApp, caller};

#[tokio::test]
async fn without_a_mail_server_the_outbox_shows_the_mail() {
    let app = TestApp::start_with(Options { without_mail: true, ..Options::default() }).await;
    let acme = app.tenant("acme").await;
    app.facade.accounts.forgot_password(&caller(), ForgotPassword { email: acme.admin.email.clone() }).await.expect("asked");
    let outbox = app.facade.admin.outbox(&acme.admin.ctx, PageRequest::default()).await.expect("outbox").items;
    assert_eq!((outbox.len(), outbox[0].state.as_str(), outbox[0].to.as_str()), (1, "kept", acme.admin.email.as_str()));
    assert!(outbox[0].body.contains("http://fitout.test/auth/reset?token="), "{}", outbox[0].body);
}

#[tokio::test]
async fn a_delivered_mail_is_not_shown_to_administrators() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    app.facade.accounts.forgot_password(&caller(), ForgotPassword { email: acme.admin.email.clone() }).await.expect("asked");
    app.run_jobs().await;
    let outbox = app.facade.admin.outbox(&acme.admin.ctx, PageRequest::default()).await.expect("outbox").items;
    assert_eq!(outbox[0].state, "sent");
    assert!(!outbox[0].body.contains("token="), "a reset link signs somebody in: it went to its receiver only");
    assert!(app.mailer.sent()[0].body.contains("token="));
}
