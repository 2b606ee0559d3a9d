//! The audit log: what is noted, and tampering that shows.

use contract::{ChangeConfiguration, PageRequest};
use serde_json::json;
use test_kit::{TestApp, new_configuration};

#[tokio::test]
async fn deeds_are_noted_with_before_and_after() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let designer = acme.designer().await;
    let desk = acme.product("DESK-HA").await.id;
    let saved = app.facade.configurations.create(&designer.ctx, new_configuration(&desk, "One", &json!({}))).await.expect("saved");
    let rename = ChangeConfiguration { name: Some("Two".to_owned()), ..ChangeConfiguration::default() };
    app.facade.configurations.change(&designer.ctx, &saved.id, rename, None).await.expect("renamed");
    app.facade.configurations.delete(&designer.ctx, &saved.id, None).await.expect("removed");

    let log = app.facade.admin.audit(&acme.admin.ctx, PageRequest { limit: Some(100), cursor: None }).await.expect("log").items;
    let actions: Vec<&str> = log.iter().rev().map(|e| e.action.as_str()).collect();
    assert_eq!(actions, ["tenant.created", "member.invited", "member.joined", "configuration.saved", "configuration.changed", "configuration.deleted"]);
    let changed = &log[1];
    assert_eq!((changed.actor.as_str(), changed.subject.as_str()), (designer.email.as_str(), saved.id.as_str()));
    assert_eq!((changed.before.as_ref().map(|b| &b["name"]), changed.after.as_ref().map(|a| &a["name"])), (Some(&json!("One")), Some(&json!("Two"))));
    assert_eq!((changed.ip.as_deref(), changed.agent.as_deref(), changed.hash.len()), (Some("192.0.2.7"), Some("test"), 64));
    let check = app.facade.admin.audit_verify(&acme.admin.ctx).await.expect("check");
    assert_eq!((check.entries, check.first_bad), (6, None));

    let first = app.facade.admin.audit(&acme.admin.ctx, PageRequest { limit: Some(4), cursor: None }).await.expect("page");
    let rest = app.facade.admin.audit(&acme.admin.ctx, PageRequest { limit: Some(4), cursor: first.next_cursor }).await.expect("page");
    assert_eq!((rest.items.len(), rest.next_cursor), (2, None));
}

#[tokio::test]
async fn a_person_is_readable_while_their_key_is_there_and_erased_afterwards() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let designer = acme.designer().await;
    let log = async || app.facade.admin.audit(&acme.admin.ctx, PageRequest { limit: Some(100), cursor: None }).await.expect("log").items;
    let texts = |e: &contract::AuditEntry| (e.action.clone(), e.actor.clone(), e.subject.clone(), e.ip.clone(), e.agent.clone());
    let entry = |action: &str, actor: &str, subject: &str, ip: &str, agent: &str| {
        (action.to_owned(), actor.to_owned(), subject.to_owned(), Some(ip.to_owned()), Some(agent.to_owned()))
    };
    let (ada, dan) = (acme.admin.email.as_str(), designer.email.as_str());
    let before: Vec<_> = log().await.iter().rev().map(texts).collect();
    assert_eq!(before[1], entry("member.invited", ada, dan, "192.0.2.7", "test"));
    assert_eq!(before[2], entry("member.joined", dan, dan, "192.0.2.7", "test"));
    let created = log().await.pop().expect("the first entry");
    assert_eq!(created.after, Some(json!({ "organization": "acme", "email": ada })));
    // Nothing of it lies in the database in clear.
    for text in ["@acme.example.com", "192.0.2.7", "\"acme\""] {
        assert_eq!(app.db.value(&format!("select count(*) from audit_log e where e::text like '%{text}%'")).await.expect("count"), "0", "{text}");
    }
    let mut tx = app.store.platform("a test forgets somebody").await.expect("tx");
    let people = [store::Person::User(designer.id().parse().expect("an id")), store::Person::Mail(dan.to_owned())];
    assert_eq!(store::vault::forget(&mut tx, &people).await.expect("forgotten"), 2, "one as a guest, one with an account");
    tx.commit().await.expect("committed");
    let after: Vec<_> = log().await.iter().rev().map(texts).collect();
    assert_eq!(after[1], entry("member.invited", ada, "erased", "192.0.2.7", "test"), "who did it stays");
    assert_eq!(after[2], entry("member.joined", "erased", "erased", "erased", "erased"));
    let check = app.facade.admin.audit_verify(&acme.admin.ctx).await.expect("check");
    assert_eq!((check.entries, check.first_bad), (3, None));
}

#[tokio::test]
async fn refused_sign_ins_are_noted_where_the_person_belongs_and_no_more_than_ten_an_hour() {
    let app = TestApp::start().await;
    let (acme, birch) = (app.tenant("acme").await, app.tenant("birch").await);
    let designer = acme.designer().await;
    // The same person in a second workspace.
    app.facade.admin.invite(&birch.admin.ctx, contract::Invite { email: designer.email.clone(), role: "viewer".to_owned() }).await.expect("invited");
    let token = app.link_token(&designer.email).await;
    let join = contract::AcceptInvite { token, name: String::new(), password: test_kit::PASSWORD.to_owned() };
    app.facade.accounts.accept_invite(&test_kit::caller(), join).await.expect("joined");
    let refused = async |tenant: &test_kit::TestTenant| -> Vec<contract::AuditEntry> {
        let log = app.facade.admin.audit(&tenant.admin.ctx, PageRequest { limit: Some(100), cursor: None }).await.expect("log").items;
        log.into_iter().filter(|e| e.action == "session.refused").collect()
    };
    let entries = async || app.db.value("select count(*) from audit_log").await.expect("count");
    let attempt = async |email: &str, password: &str| {
        let login = contract::Login { email: email.to_owned(), password: password.to_owned() };
        app.facade.accounts.login(&test_kit::caller(), login).await.expect_err("refused").code
    };
    let before = entries().await;
    assert_eq!(attempt("nobody@example.com", "a guess").await, "wrong_credentials");
    assert_eq!(entries().await, before, "an address without an account belongs to no log");
    assert_eq!(attempt(&designer.email, "a guess").await, "wrong_credentials");
    for tenant in [&acme, &birch] {
        let found = refused(tenant).await;
        assert_eq!(found.len(), 1, "{}", tenant.name);
        let e = &found[0];
        assert_eq!((e.actor.as_str(), e.subject.as_str(), e.ip.as_deref()), ("visitor", designer.email.as_str(), Some("192.0.2.7")));
        assert_eq!(e.after, Some(json!({ "why": "wrong password" })));
    }
    // Trying on fills no log: after ten an hour nobody looks any more.
    for _ in 0..30 {
        attempt(&designer.email, "a guess").await;
    }
    assert_eq!((refused(&acme).await.len(), refused(&birch).await.len()), (10, 10));
    assert_eq!(attempt(&designer.email, test_kit::PASSWORD).await, "too_many_failures");
    // The right password of somebody who is kept out.
    app.clock.advance(time::Duration::hours(2));
    app.db.sql(&format!("update users set disabled_at = now() where email = '{}'", designer.email)).await.expect("disabled");
    assert_eq!(attempt(&designer.email, test_kit::PASSWORD).await, "account_disabled");
    assert_eq!(refused(&acme).await[0].after, Some(json!({ "why": "access is switched off" })));
    for tenant in [&acme, &birch] {
        assert_eq!(app.facade.admin.audit_verify(&tenant.admin.ctx).await.expect("check").first_bad, None);
    }
}

#[tokio::test]
async fn tampering_shows_at_the_first_bad_entry() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    acme.designer().await;
    acme.viewer().await;
    let entries = app.facade.admin.audit_verify(&acme.admin.ctx).await.expect("check").entries;
    assert_eq!(entries, 5);
    // With the rights of a database owner, triggers off: nobody else could.
    for (deed, undo, first_bad) in [
        ("update audit_log set action = 'member.removed' where seq = 3", Some("update audit_log set action = 'member.joined' where seq = 3"), 3),
        ("update audit_log set after = '{}' where seq = 2", None, 2),
    ] {
        app.db.sql(&format!("set session_replication_role = replica; {deed}; set session_replication_role = origin")).await.expect("tampered");
        assert_eq!(app.facade.admin.audit_verify(&acme.admin.ctx).await.expect("check").first_bad, Some(first_bad), "{deed}");
        if let Some(undo) = undo {
            app.db.sql(&format!("set session_replication_role = replica; {undo}; set session_replication_role = origin")).await.expect("undone");
            assert_eq!(app.facade.admin.audit_verify(&acme.admin.ctx).await.expect("check").first_bad, None);
        }
    }
    let birch = app.tenant("birch").await;
    birch.designer().await;
    app.db
        .sql(&format!(
            "set session_replication_role = replica; delete from audit_log where seq = 3 and tenant_id = '{}'; set session_replication_role = origin",
            birch.id
        ))
        .await
        .expect("cut");
    assert_eq!(app.facade.admin.audit_verify(&birch.admin.ctx).await.expect("check").first_bad, Some(3), "a cut-off tail shows");
    app.db.sql("update audit_log set actor = 'nobody'").await.expect_err("the log is append-only even for its owner");
}
