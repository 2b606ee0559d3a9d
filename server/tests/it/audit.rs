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
    let rename = ChangeConfiguration { name: Some("Two".to_owned()), config_data: None };
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
async fn tampering_shows_at_the_first_bad_entry() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    acme.designer().await;
    acme.viewer().await;
    let entries = app.facade.admin.audit_verify(&acme.admin.ctx).await.expect("check").entries;
    assert_eq!(entries, 5);
    // With the rights of a database owner, triggers off: nobody else could.
    for (deed, undo, first_bad) in [
        ("update audit_log set actor = 'nobody' where seq = 3", Some("update audit_log set actor = 'designer1@acme.example.com' where seq = 3"), 3),
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
