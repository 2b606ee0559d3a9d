//! Sessions, invitations and idempotency keys against a real database.

use store::accounts::{self, NewSession, NewToken, NewUser, Rotation};
use store::testing::TestDb;
use store::{Store, TenantScope, idempotency};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

fn t0() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_760_000_000).unwrap()
}

fn token(text: &str) -> NewToken {
    NewToken { id: Uuid::now_v7(), hash: accounts::hash(text), expires_at: t0() + Duration::days(7) }
}

/// A person signed in with the refresh token `first`.
async fn signed_in(store: &Store) -> (Uuid, Uuid, Uuid) {
    let (user, tenant, session) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let mut tx = store.platform("a test signs in").await.unwrap();
    accounts::create_user(&mut tx, &NewUser { id: user, email: "Ada@Example.com", name: "Ada", password_hash: "x" }).await.unwrap();
    accounts::create_tenant(&mut tx, &accounts::NewTenant { id: tenant, name: "A", slug: None, currency: "USD", kind: "organization" }).await.unwrap();
    accounts::add_member(&mut tx, tenant, user, "admin").await.unwrap();
    accounts::start_session(&mut tx, &NewSession { id: session, user, tenant, token: token("first"), agent: None, ip: None }, t0()).await.unwrap();
    tx.commit().await.unwrap();
    (user, tenant, session)
}

async fn rotate(store: &Store, shown: &str, child: &str, now: OffsetDateTime) -> Rotation {
    let mut tx = store.platform("a test refreshes").await.unwrap();
    let done = accounts::rotate(&mut tx, accounts::hash(shown), token(child), now).await.unwrap();
    tx.commit().await.unwrap();
    done
}

#[tokio::test]
async fn a_token_used_twice_after_the_grace_ends_the_family() {
    let db = TestDb::create().await.unwrap();
    let (user, tenant, session) = signed_in(&db.store).await;
    let at = |s| t0() + Duration::seconds(s);
    let Rotation::Rotated(first) = rotate(&db.store, "first", "second", at(1)).await else { panic!("first use") };
    assert_eq!((first.id, first.user_id, first.tenant_id, first.role.as_deref()), (session, user, tenant, Some("admin")));
    assert!(matches!(rotate(&db.store, "first", "second", at(11)).await, Rotation::Again(_)), "within the grace: the same child");
    assert!(matches!(rotate(&db.store, "first", "other", at(11)).await, Rotation::Ended), "a child of another secret is not vouched for");
    assert!(matches!(rotate(&db.store, "second", "third", at(12)).await, Rotation::Rotated(_)), "the grace answer did not harm the child");
    assert_eq!(rotate(&db.store, "nobody's", "x", at(12)).await, Rotation::Unknown);
    let Rotation::Reused(stolen) = rotate(&db.store, "first", "second", at(12)).await else { panic!("reuse") };
    assert_eq!(stolen.id, session);
    assert!(matches!(rotate(&db.store, "third", "fourth", at(13)).await, Rotation::Ended), "thief and victim are both out");
    let mut tx = db.store.platform("a test").await.unwrap();
    assert!(!accounts::session(&mut tx, session).await.unwrap().unwrap().alive());
    assert_eq!(accounts::session_by_token(&mut tx, accounts::hash("third")).await.unwrap(), Some(session));
}

#[tokio::test]
async fn an_expired_token_and_a_disabled_person_do_not_rotate() {
    let db = TestDb::create().await.unwrap();
    let (user, tenant, session) = signed_in(&db.store).await;
    assert_eq!(rotate(&db.store, "first", "second", t0() + Duration::days(8)).await, Rotation::Expired);
    let mut tx = db.store.platform("a test").await.unwrap();
    assert!(accounts::set_member_disabled(&mut tx, tenant, user, true).await.unwrap());
    assert!(accounts::session(&mut tx, session).await.unwrap().unwrap().user_disabled);
    tx.commit().await.unwrap();
    assert_eq!(rotate(&db.store, "first", "second", t0()).await, Rotation::Ended);
    let mut tx = db.store.platform("a test").await.unwrap();
    assert!(accounts::remove_member(&mut tx, tenant, user).await.unwrap());
    assert!(!accounts::remove_member(&mut tx, tenant, user).await.unwrap());
    assert_eq!(accounts::revoke_sessions_of(&mut tx, user, Some(tenant), "removed", t0()).await.unwrap(), [session]);
    assert!(!accounts::revoke_session(&mut tx, session, "again", t0()).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_refreshes_at_once_make_one_child() {
    let db = TestDb::create().await.unwrap();
    signed_in(&db.store).await;
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let store = db.store.clone();
            tokio::spawn(async move { rotate(&store, "first", "second", t0() + Duration::seconds(1)).await })
        })
        .collect();
    let (mut rotated, mut again) = (0, 0);
    for task in tasks {
        match task.await.unwrap() {
            Rotation::Rotated(_) => rotated += 1,
            Rotation::Again(_) => again += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((rotated, again), (1, 39));
    assert_eq!(db.value("select count(*) from refresh_tokens").await.unwrap(), "2");
}

#[tokio::test]
async fn resets_and_invitations_are_good_once() {
    let db = TestDb::create().await.unwrap();
    let (user, tenant, _) = signed_in(&db.store).await;
    let mut tx = db.store.platform("a test").await.unwrap();
    let (hash, later) = (accounts::hash("reset"), t0() + Duration::hours(1));
    accounts::create_reset(&mut tx, user, hash, t0(), later).await.unwrap();
    assert_eq!(accounts::take_reset(&mut tx, hash, later).await.unwrap(), None, "over");
    assert_eq!(accounts::take_reset(&mut tx, hash, t0()).await.unwrap(), Some(user));
    assert_eq!(accounts::take_reset(&mut tx, hash, t0()).await.unwrap(), None, "used");

    let invite = |email, token| accounts::NewInvitation {
        id: Uuid::now_v7(),
        tenant,
        email,
        role: "designer",
        token_hash: accounts::hash(token),
        invited_by: Some(user),
        created_at: t0(),
        expires_at: later,
    };
    accounts::create_invitation(&mut tx, &invite("Bob@Example.com", "a")).await.unwrap();
    let open = accounts::invitation_by_token(&mut tx, accounts::hash("a"), t0()).await.unwrap().unwrap();
    assert_eq!((open.email.as_str(), open.tenant_name.as_str()), ("bob@example.com", "A"));
    assert!(accounts::accept_invitation(&mut tx, open.id, t0()).await.unwrap());
    assert!(!accounts::accept_invitation(&mut tx, open.id, t0()).await.unwrap());
    assert_eq!(accounts::invitation_by_token(&mut tx, accounts::hash("a"), t0()).await.unwrap(), None);
    accounts::create_invitation(&mut tx, &invite("bob@example.com", "b")).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = db.store.platform("a test").await.unwrap();
    let twice = accounts::create_invitation(&mut tx, &invite("bob@example.com", "c")).await.unwrap_err();
    assert_eq!(twice.violation().unwrap().code, "already_invited");

    let mut tx = db.store.platform("a test").await.unwrap();
    for s in 0..3 {
        accounts::record_failure(&mut tx, "ADA@example.com", None, t0() + Duration::seconds(s)).await.unwrap();
    }
    assert_eq!(accounts::failures_since(&mut tx, "ada@example.com", t0()).await.unwrap(), (2, Some(t0() + Duration::seconds(1))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_effects_under_one_key_one_lasts_with_its_answer() {
    let db = TestDb::create().await.unwrap();
    let scope = TenantScope::system(signed_in(&db.store).await.1);
    let key_scope = format!("tenant:{}:POST /x", scope.tenant);
    let effect = |n: u16| {
        let (store, scope, key_scope) = (db.store.clone(), scope.clone(), key_scope.clone());
        async move {
            let mut tx = store.tenant(&scope).await.unwrap();
            let mail =
                store::mails::NewMail { id: Uuid::now_v7(), recipient: "ada@example.com", subject: "an effect", body: "", state: "kept", attachment: None };
            store::mails::create(&mut tx, &mail).await.unwrap();
            let kept = idempotency::keep(&mut tx, &key_scope, "key", "h", 200 + n, b"{}").await.unwrap();
            if kept {
                tx.commit().await.unwrap();
            }
            kept
        }
    };
    let tasks: Vec<_> = (0..12).map(|n| tokio::spawn(effect(n))).collect();
    let mut kept = 0;
    for task in tasks {
        kept += usize::from(task.await.unwrap());
    }
    assert_eq!((kept, db.value("select count(*) from mails").await.unwrap().as_str()), (1, "1"));
    let find = async |hash: &str| {
        let mut tx = db.store.platform("a test").await.unwrap();
        idempotency::find(&mut tx, &key_scope, "key", hash).await.unwrap()
    };
    assert!(matches!(find("h").await, idempotency::Found::Answer { status: 200..212, body } if body == b"{}"));
    assert_eq!(find("other").await, idempotency::Found::Mismatch);
    // An effect that is rolled back leaves no answer.
    db.sql("delete from idempotency_keys").await.unwrap();
    let mut tx = db.store.tenant(&scope).await.unwrap();
    assert!(idempotency::keep(&mut tx, &key_scope, "key", "h", 201, b"{}").await.unwrap());
    drop(tx);
    assert_eq!(find("h").await, idempotency::Found::Nothing);
    // Claims of the release before: one that still holds is busy, one that ran out is nothing.
    db.sql(&format!("insert into idempotency_keys (scope, key, request_hash, busy_until) values ('{key_scope}', 'key', 'h', now() + interval '9 s')"))
        .await
        .unwrap();
    assert_eq!(find("h").await, idempotency::Found::Busy);
    let mut tx = db.store.tenant(&scope).await.unwrap();
    assert!(!idempotency::keep(&mut tx, &key_scope, "key", "h", 201, b"{}").await.unwrap());
    drop(tx);
    db.sql("update idempotency_keys set busy_until = now() - interval '1 s'").await.unwrap();
    assert_eq!(find("h").await, idempotency::Found::Nothing);
    let mut tx = db.store.tenant(&scope).await.unwrap();
    assert!(idempotency::keep(&mut tx, &key_scope, "key", "h", 201, b"{}").await.unwrap());
    // Nobody keeps answers in another tenant's name.
    let foreign = format!("tenant:{}:POST /x", Uuid::now_v7());
    assert!(idempotency::keep(&mut tx, &foreign, "key", "h", 201, b"{}").await.is_err());
}

#[tokio::test]
async fn failures_are_counted_without_storing_the_address() {
    let db = TestDb::create().await.unwrap();
    let mut tx = db.store.platform("a test").await.unwrap();
    accounts::record_failure(&mut tx, "Nobody@Example.com", None, t0()).await.unwrap();
    assert_eq!(accounts::failures_since(&mut tx, "nobody@example.com", t0() - Duration::hours(1)).await.unwrap().0, 1);
    tx.commit().await.unwrap();
    assert_eq!(db.value("select count(*) from login_failures where email ilike '%nobody%' or email like '%@%'").await.unwrap(), "0");
}
