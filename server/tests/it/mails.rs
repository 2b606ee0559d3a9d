//! Mails.

use contract::{ErrorKind, ForgotPassword, NewLead, PageRequest};
use serde_json::json;
use test_kit::{Options, TestApp, caller, new_configuration};

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

#[tokio::test]
async fn a_file_goes_out_with_its_mail_and_is_not_shown_to_administrators() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let desk = acme.product("DESK-HA").await.id;
    let saved = app.facade.configurations.create(&acme.admin.ctx, new_configuration(&desk, "Desk", &json!({}))).await.expect("saved");
    let lead = NewLead { configuration: Some(saved.id), name: "Kim".to_owned(), email: "kim@customer.example".to_owned(), ..NewLead::default() };
    app.facade.embeds.ask(&acme.admin.ctx, lead).await.expect("asked");
    app.run_jobs().await;
    let sent = app.mailer.sent();
    let mail = sent.iter().find(|m| m.to == "kim@customer.example").expect("sent");
    let file = mail.attachment.as_ref().expect("a file");
    assert!(file.name.starts_with("DESK-HA-") && file.name.ends_with(".pdf") && file.data.starts_with(b"%PDF"), "{}", file.name);
    let shown = app.facade.admin.outbox(&acme.admin.ctx, PageRequest::default()).await.expect("outbox").items;
    assert!(shown.iter().all(|m| m.attachment.is_none()));
    let refused = app.facade.admin.outbox_file(&acme.admin.ctx, &shown[0].id).await.expect_err("it went to its receiver only");
    assert_eq!(refused.kind, ErrorKind::NotFound);
}
