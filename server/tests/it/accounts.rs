//! Sign-up, sign-in, rotation, lock-out, switching, invitations, disabling.

use contract::{AcceptInvite, ChangeMember, ErrorKind, ForgotPassword, Invite, Login, Register, ResetPassword, Switch};
use facade::{Actor, Role};
use std::collections::BTreeSet;
use test_kit::{Options, PASSWORD, TestApp, caller};
use time::Duration;

fn login(email: &str, password: &str) -> Login {
    Login { email: email.to_owned(), password: password.to_owned() }
}

#[tokio::test]
async fn a_person_signs_up_and_in_and_out() {
    let app = TestApp::start().await;
    let accounts = &app.facade.accounts;
    let request = Register { email: " Ada@Example.COM ".to_owned(), password: PASSWORD.to_owned(), name: "Ada Lovelace".to_owned(), organization: None };
    let up = accounts.register(&caller(), request.clone()).await.expect("sign-up");
    assert_eq!(
        (up.user.email.as_str(), up.role.as_str(), up.tenant.name.as_str(), up.expires_in),
        ("ada@example.com", "admin", "Ada Lovelace’s workspace", 900)
    );
    assert_eq!(accounts.register(&caller(), request).await.expect_err("taken").code, "email_taken");

    let back = accounts.login(&caller(), login("ADA@example.com", PASSWORD)).await.expect("sign-in");
    assert_eq!(back.user.id, up.user.id);
    let user = app.known(back).await;
    let me = accounts.me(&user.ctx).await.expect("me");
    assert_eq!((me.user.name.as_str(), me.memberships.len(), me.permissions.len()), ("Ada Lovelace", 1, facade::permission::ALL.len()));

    accounts.logout(&user.ctx).await.expect("sign-out");
    let error = accounts.authenticate(&caller(), &user.signed_in.access_token).await.expect_err("signed out");
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Unauthenticated, "session_ended"));
    assert_eq!(accounts.refresh(&caller(), &user.signed_in.refresh_token).await.expect_err("signed out").kind, ErrorKind::Unauthenticated);
    // The other session is untouched.
    accounts.authenticate(&caller(), &up.access_token).await.expect("still in");
}

#[tokio::test]
async fn a_bad_sign_up_names_every_fault() {
    let app = TestApp::start().await;
    let request = Register { email: "nobody".to_owned(), password: "password12".to_owned(), name: "  ".to_owned(), organization: Some("x".repeat(201)) };
    let error = app.facade.accounts.register(&caller(), request).await.expect_err("four faults");
    let places: BTreeSet<&str> = error.errors.iter().map(|e| e.pointer.as_str()).collect();
    assert_eq!((error.kind, places), (ErrorKind::Invalid, BTreeSet::from(["/email", "/name", "/organization", "/password"])));
}

#[tokio::test]
async fn a_refresh_token_is_good_once_with_a_short_grace_and_reuse_ends_the_family() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let accounts = &app.facade.accounts;
    let first = acme.admin.signed_in.refresh_token.clone();
    let second = accounts.refresh(&caller(), &first).await.expect("first use");
    app.clock.advance(Duration::seconds(9));
    let again = accounts.refresh(&caller(), &first).await.expect("within the grace");
    assert_eq!(again.refresh_token, second.refresh_token, "the same child, so that a lost answer loses nothing");
    let third = accounts.refresh(&caller(), &second.refresh_token).await.expect("the child");
    app.clock.advance(Duration::seconds(11));
    let error = accounts.refresh(&caller(), &first).await.expect_err("after the grace");
    assert_eq!(error.code, "refresh_reused");
    for token in [&first, &second.refresh_token, &third.refresh_token] {
        assert_eq!(accounts.refresh(&caller(), token).await.expect_err("the family is over").kind, ErrorKind::Unauthenticated);
    }
    assert_eq!(accounts.authenticate(&caller(), &third.access_token).await.expect_err("and its access tokens").code, "session_ended");
    app.run_jobs().await;
    assert!(app.mailer.sent().iter().any(|m| m.to == acme.admin.email && m.subject.contains("signed out")), "the owner is told");
    assert_eq!(accounts.refresh(&caller(), "ftr_made_up").await.expect_err("unknown").code, "refresh_unknown");
}

#[tokio::test]
async fn many_refreshes_of_one_token_at_once_make_one_child() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..60 {
        let (accounts, token) = (app.facade.accounts.clone(), acme.admin.signed_in.refresh_token.clone());
        tries.spawn(async move { accounts.refresh(&caller(), &token).await.expect("a pair").refresh_token });
    }
    let children: BTreeSet<String> = tries.join_all().await.into_iter().collect();
    assert_eq!(children.len(), 1);
    assert_eq!(app.db.value("select count(*) from refresh_tokens").await.expect("count"), "2");
}

#[tokio::test]
async fn access_and_refresh_tokens_run_out() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let accounts = &app.facade.accounts;
    app.clock.advance(Duration::minutes(15));
    assert_eq!(accounts.authenticate(&caller(), &acme.admin.signed_in.access_token).await.expect_err("over").code, "token_expired");
    let fresh = accounts.refresh(&caller(), &acme.admin.signed_in.refresh_token).await.expect("still good");
    app.clock.advance(Duration::days(7));
    assert_eq!(accounts.refresh(&caller(), &fresh.refresh_token).await.expect_err("over").code, "refresh_expired");
    for forged in ["", "x.y.z", &format!("{}x", fresh.access_token)] {
        assert_eq!(accounts.authenticate(&caller(), forged).await.expect_err("forged").kind, ErrorKind::Unauthenticated);
    }
}

#[tokio::test]
async fn ten_failures_lock_an_account_for_an_hour_known_or_not() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let accounts = &app.facade.accounts;
    for email in [acme.admin.email.as_str(), "nobody@example.com"] {
        for _ in 0..10 {
            assert_eq!(accounts.login(&caller(), login(email, "not the password")).await.expect_err("wrong").code, "wrong_credentials");
        }
        let locked = accounts.login(&caller(), login(email, PASSWORD)).await.expect_err("locked");
        assert_eq!((locked.kind, locked.code.as_str()), (ErrorKind::TooMany, "too_many_failures"));
        assert!(locked.retry_after.is_some_and(|s| s > 3_500 && s <= 3_600), "{:?}", locked.retry_after);
    }
    app.clock.advance(Duration::minutes(61));
    accounts.login(&caller(), login(&acme.admin.email, PASSWORD)).await.expect("an hour later");
    // A right password clears the count.
    for _ in 0..9 {
        accounts.login(&caller(), login(&acme.admin.email, "not the password")).await.expect_err("wrong");
    }
    accounts.login(&caller(), login(&acme.admin.email, PASSWORD)).await.expect("nine are forgiven");
    accounts.login(&caller(), login(&acme.admin.email, PASSWORD)).await.expect("and forgotten");
}

#[tokio::test]
async fn a_burst_of_guesses_gets_no_more_than_ten_answers() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut tries = tokio::task::JoinSet::new();
    for i in 0..40 {
        let (accounts, email) = (app.facade.accounts.clone(), acme.admin.email.clone());
        tries.spawn(async move { accounts.login(&caller(), login(&email, &format!("guess number {i}"))).await.expect_err("wrong").code });
    }
    let answers = tries.join_all().await;
    let looked_at = answers.iter().filter(|code| *code == "wrong_credentials").count();
    assert!(looked_at <= 10, "{looked_at} passwords were looked at");
    assert_eq!(answers.len(), 40);
}

#[tokio::test]
async fn bcrypt_hashes_are_accepted_and_replaced() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    // bcrypt of "imported long ago", cost 4.
    let hash = test_kit::bcrypt_hash("imported long ago");
    app.db.sql(&format!("update users set password_hash = '{hash}'")).await.expect("an imported account");
    app.facade.accounts.login(&caller(), login(&acme.admin.email, "imported long ago")).await.expect("sign-in");
    assert!(app.db.value("select password_hash from users").await.expect("hash").starts_with("$argon2id$"));
    app.facade.accounts.login(&caller(), login(&acme.admin.email, "imported long ago")).await.expect("again");
}

#[tokio::test]
async fn a_password_is_reset_by_mail_once_and_ends_every_session() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let accounts = &app.facade.accounts;
    let email = acme.admin.email.clone();
    for address in [email.as_str(), "nobody@example.com"] {
        accounts.forgot_password(&caller(), ForgotPassword { email: address.to_owned() }).await.expect("the same answer");
    }
    app.run_jobs().await;
    let sent = app.mailer.sent();
    assert_eq!(sent.iter().filter(|m| m.subject == "Set a new password").map(|m| m.to.as_str()).collect::<Vec<_>>(), [email.as_str()]);
    let token = app.link_token(&email).await;
    let reset = |token: &str, password: &str| ResetPassword { token: token.to_owned(), password: password.to_owned() };
    assert_eq!(accounts.reset_password(&caller(), reset("made up", "walnut and wool 8")).await.expect_err("unknown").code, "reset_over");
    assert_eq!(accounts.reset_password(&caller(), reset(&token, "short")).await.expect_err("weak").kind, ErrorKind::Invalid);
    let fresh = accounts.reset_password(&caller(), reset(&token, "walnut and wool 8")).await.expect("reset");
    accounts.authenticate(&caller(), &fresh.access_token).await.expect("signed in here");
    accounts.authenticate(&caller(), &acme.admin.signed_in.access_token).await.expect_err("signed out elsewhere");
    assert_eq!(accounts.reset_password(&caller(), reset(&token, "walnut and wool 9")).await.expect_err("once").code, "reset_over");
    accounts.login(&caller(), login(&email, PASSWORD)).await.expect_err("the old password");
    accounts.login(&caller(), login(&email, "walnut and wool 8")).await.expect("the new one");

    accounts.forgot_password(&caller(), ForgotPassword { email: email.clone() }).await.expect("asked again");
    let late = app.link_token(&email).await;
    app.clock.advance(Duration::minutes(61));
    assert_eq!(accounts.reset_password(&caller(), reset(&late, "walnut and wool 9")).await.expect_err("late").code, "reset_over");
}

#[tokio::test]
async fn people_are_invited_join_and_switch() {
    let app = TestApp::start().await;
    let (acme, birch) = (app.tenant("acme").await, app.tenant("birch").await);
    let accounts = &app.facade.accounts;
    let admin = &app.facade.admin;
    let invite = Invite { email: birch.admin.email.clone(), role: "designer".to_owned() };
    let invited = admin.invite(&acme.admin.ctx, invite.clone()).await.expect("invited");
    assert_eq!(invited.state, "invited");
    assert_eq!(admin.invite(&acme.admin.ctx, invite).await.expect_err("twice").code, "already_invited");
    assert_eq!(
        admin.invite(&acme.admin.ctx, Invite { email: acme.admin.email.clone(), role: "viewer".to_owned() }).await.expect_err("a member").code,
        "already_member"
    );
    assert_eq!(
        admin.invite(&acme.admin.ctx, Invite { email: "x@example.com".to_owned(), role: "root".to_owned() }).await.expect_err("no role").kind,
        ErrorKind::Invalid
    );

    let token = app.link_token(&birch.admin.email).await;
    let accept = |password: &str| AcceptInvite { token: token.clone(), name: String::new(), password: password.to_owned() };
    assert_eq!(accounts.accept_invite(&caller(), accept("not the password")).await.expect_err("their own password").code, "wrong_password");
    let joined = accounts.accept_invite(&caller(), accept(PASSWORD)).await.expect("joined");
    assert_eq!((joined.tenant.name.as_str(), joined.role.as_str()), ("acme", "designer"));
    assert_eq!(accounts.accept_invite(&caller(), accept(PASSWORD)).await.expect_err("once").code, "invitation_over");

    let there = app.known(joined).await;
    assert_eq!(accounts.me(&there.ctx).await.expect("me").memberships.len(), 2);
    let back = accounts.switch(&there.ctx, Switch { tenant_id: birch.id.to_string() }).await.expect("switch");
    assert_eq!((back.tenant.name.as_str(), back.role.as_str()), ("birch", "admin"));
    assert_eq!(accounts.authenticate(&caller(), &there.signed_in.access_token).await.expect_err("the old session ended").code, "session_ended");
    assert_eq!(accounts.switch(&acme.admin.ctx, Switch { tenant_id: birch.id.to_string() }).await.expect_err("no member").kind, ErrorKind::NotFound);

    let late = admin.invite(&acme.admin.ctx, Invite { email: "late@example.com".to_owned(), role: "viewer".to_owned() }).await.expect("invited");
    let token = app.link_token(&late.email).await;
    app.clock.advance(Duration::days(7));
    let accept = AcceptInvite { token, name: "Late".to_owned(), password: PASSWORD.to_owned() };
    assert_eq!(accounts.accept_invite(&caller(), accept).await.expect_err("late").code, "invitation_over");
}

#[tokio::test]
async fn roles_and_access_change_at_once_and_the_last_admin_stays() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let rep = acme.sales_rep().await;
    let (accounts, admin) = (&app.facade.accounts, &app.facade.admin);
    let role_of = |ctx: facade::Ctx| match ctx.actor {
        Actor::User { role, .. } => role,
        _ => panic!("a person"),
    };
    let change = |role: Option<&str>, disabled: Option<bool>| ChangeMember { role: role.map(str::to_owned), disabled };
    admin.change_member(&acme.admin.ctx, &rep.id(), change(Some("viewer"), None)).await.expect("a new role");
    assert_eq!(role_of(accounts.authenticate(&caller(), &rep.signed_in.access_token).await.expect("in")), Role::Viewer);

    let error = admin.change_member(&acme.admin.ctx, &acme.admin.id(), change(Some("viewer"), None)).await.expect_err("the last one");
    assert_eq!(error.code, "last_admin");
    admin.change_member(&acme.admin.ctx, &acme.admin.id(), change(None, Some(true))).await.expect_err("the last one");
    admin.remove_member(&acme.admin.ctx, &acme.admin.id()).await.expect_err("the last one");

    let off = admin.change_member(&acme.admin.ctx, &rep.id(), change(None, Some(true))).await.expect("switched off");
    assert_eq!(off.state, "disabled");
    accounts.authenticate(&caller(), &rep.signed_in.access_token).await.expect_err("out at once");
    assert_eq!(accounts.login(&caller(), login(&rep.email, PASSWORD)).await.expect_err("kept out").code, "account_disabled");
    admin.change_member(&acme.admin.ctx, &rep.id(), change(None, Some(false))).await.expect("on again");
    accounts.login(&caller(), login(&rep.email, PASSWORD)).await.expect("in again");
    admin.remove_member(&acme.admin.ctx, &rep.id()).await.expect("removed");
    accounts.login(&caller(), login(&rep.email, PASSWORD)).await.expect_err("no workspace left");
    assert_eq!(admin.members(&acme.admin.ctx).await.expect("members").len(), 1);
}

#[tokio::test]
async fn a_disabled_workspace_says_so_and_comes_back_whole() {
    let app = TestApp::start_with(Options { no_session_cache: true, ..Options::default() }).await;
    let acme = app.tenant("acme").await;
    let accounts = &app.facade.accounts;
    app.db.sql(&format!("update tenants set disabled_at = now() where id = '{}'", acme.id)).await.expect("disabled");
    let token = &acme.admin.signed_in;
    for error in [
        accounts.authenticate(&caller(), &token.access_token).await.expect_err("request"),
        accounts.refresh(&caller(), &token.refresh_token).await.expect_err("refresh"),
        accounts.login(&caller(), login(&acme.admin.email, PASSWORD)).await.expect_err("sign-in"),
    ] {
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Forbidden, "tenant_disabled"));
        assert!(error.detail.contains("acme") && error.detail.contains("kept"), "{}", error.detail);
    }
    app.db.sql("update tenants set disabled_at = null").await.expect("enabled");
    accounts.authenticate(&caller(), &token.access_token).await.expect("as before");
}
