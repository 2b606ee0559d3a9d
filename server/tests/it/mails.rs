//! Mails and idempotency keys.

use contract::{ForgotPassword, PageRequest};
use facade::{Claim, Kept};
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

#[tokio::test]
async fn one_of_many_requests_with_a_key_runs_and_the_others_get_its_answer() {
    let app = TestApp::start().await;
    let keys = app.facade.idempotency.clone();
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let keys = keys.clone();
        asking.spawn(async move {
            match keys.claim("tenant/route", "k", "hash").await.expect("a claim") {
                Claim::Run => {
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                    keys.keep("tenant/route", "k", Kept { status: 201, body: "first".into() }).await.expect("kept");
                    true
                }
                Claim::Replay(kept) => {
                    assert_eq!(kept, Kept { status: 201, body: "first".into() });
                    false
                }
            }
        });
    }
    assert_eq!(asking.join_all().await.into_iter().filter(|ran| *ran).count(), 1);
    assert_eq!(keys.claim("tenant/route", "k", "other").await.expect_err("another body").code, "idempotency_mismatch");
    assert_eq!(keys.claim("other/route", "k", "hash").await.expect("another scope"), Claim::Run);
    keys.release("other/route", "k").await.expect("released");
    assert_eq!(keys.claim("other/route", "k", "hash2").await.expect("free again"), Claim::Run);
}
