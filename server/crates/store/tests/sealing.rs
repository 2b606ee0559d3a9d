//! Personal texts of the audit log: sealed in the database, readable while their key is there, gone with it; the chain stays whole.

use serde_json::json;
use store::audit::{self, Entry, NewEntry, Subject};
use store::testing::{TestDb, config};
use store::vault::{ERASED, forget};
use store::{MasterKey, Person, Store, StoreConfig, StoreError, TenantScope, accounts};
use time::OffsetDateTime;
use uuid::Uuid;

const CANARIES: [&str; 7] = ["ada@example.com", "203.0.113.9", "Canary/1.0", "ben@example.com", "Ada’s workspace", "stranger@example.com", "198.51.100.77"];

async fn tenant(store: &Store) -> Uuid {
    let id = Uuid::now_v7();
    let mut tx = store.platform("a test makes a workspace").await.unwrap();
    accounts::create_tenant(&mut tx, &accounts::NewTenant { id, name: "A", slug: None, currency: "USD", kind: "organization" }).await.unwrap();
    tx.commit().await.unwrap();
    id
}

fn ada(tenant: Uuid, id: Uuid) -> TenantScope {
    TenantScope { tenant, user: Some(id), actor: "ada@example.com".into(), ip: Some("203.0.113.9".into()), agent: Some("Canary/1.0".into()) }
}

async fn note(store: &Store, scope: &TenantScope, subject: Subject<'_>) {
    let mut tx = store.tenant(scope).await.unwrap();
    let (before, after) = (json!({ "role": "viewer" }), json!({ "name": "Ada’s workspace", "role": "admin" }));
    let new = NewEntry { at: OffsetDateTime::now_utc(), action: "a.b", subject, before: Some(&before), after: Some(&after), personal: &["name"] };
    audit::append(&mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
}

async fn read(store: &Store, tenant: Uuid) -> (Vec<Entry>, audit::Verdict) {
    let mut tx = store.tenant(&TenantScope::system(tenant)).await.unwrap();
    (audit::list(&mut tx, 100, None).await.unwrap().items, audit::verify(&mut tx).await.unwrap())
}

async fn drop_keys(store: &Store, people: &[Person]) -> u64 {
    let mut tx = store.platform("a test forgets people").await.unwrap();
    let dropped = forget(&mut tx, people).await.unwrap();
    tx.commit().await.unwrap();
    dropped
}

async fn in_clear(db: &TestDb) -> Vec<&'static str> {
    let mut found = Vec::new();
    for canary in CANARIES {
        let hits = db.value(&format!("select count(*) from audit_log e where e::text ilike '%{canary}%'")).await.unwrap();
        let keys = db.value(&format!("select count(*) from person_keys k where k::text ilike '%{canary}%'")).await.unwrap();
        if (hits.as_str(), keys.as_str()) != ("0", "0") {
            found.push(canary);
        }
    }
    found
}

#[tokio::test]
async fn a_person_can_be_erased_and_the_chain_stays_whole() {
    let db = TestDb::create().await.unwrap();
    let (here, there) = (tenant(&db.store).await, tenant(&db.store).await);
    let (ada_id, ben) = (Uuid::now_v7(), Person::Mail("Ben@example.com".into()));
    note(&db.store, &ada(here, ada_id), "a thing".into()).await;
    note(&db.store, &ada(here, ada_id), Subject::Person(ben.clone(), "ben@example.com")).await;
    note(&db.store, &ada(there, ada_id), "a thing".into()).await;
    // A stranger at somebody's door: where they came from is kept with that somebody.
    let stranger = TenantScope { tenant: here, user: None, actor: "visitor".into(), ip: Some("198.51.100.77".into()), agent: None };
    let eve = Person::User(Uuid::now_v7());
    note(&db.store, &stranger, Subject::Person(eve.clone(), "stranger@example.com")).await;
    // Nobody to keep a key for.
    note(&db.store, &stranger, "a thing".into()).await;

    assert_eq!(in_clear(&db).await, Vec::<&str>::new(), "personal texts in clear");
    let (log, verdict) = read(&db.store, here).await;
    assert_eq!((verdict.entries, verdict.first_bad), (4, None));
    let text = |n: usize| {
        let e = &log[4 - n];
        (e.actor.as_str(), e.subject.as_str(), e.ip.as_deref(), e.agent.as_deref(), e.after.as_deref())
    };
    let (after, nameless) = (r#"{"name":"Ada’s workspace","role":"admin"}"#, r#"{"name":null,"role":"admin"}"#);
    assert_eq!(text(1), ("ada@example.com", "a thing", Some("203.0.113.9"), Some("Canary/1.0"), Some(after)));
    assert_eq!(text(2), ("ada@example.com", "ben@example.com", Some("203.0.113.9"), Some("Canary/1.0"), Some(after)));
    assert_eq!(text(3), ("visitor", "stranger@example.com", Some("198.51.100.77"), None, Some(after)));
    assert_eq!(text(4), ("visitor", "a thing", None, None, Some(nameless)));

    assert_eq!(drop_keys(&db.store, &[Person::User(ada_id)]).await, 1);
    let (log, verdict) = read(&db.store, here).await;
    assert_eq!((verdict.entries, verdict.first_bad), (4, None), "the chain is whole without the key");
    let texts = |e: &Entry| (e.actor.clone(), e.subject.clone(), e.ip.clone(), e.agent.clone());
    let gone = || (ERASED.to_owned(), "a thing".to_owned(), Some(ERASED.to_owned()), Some(ERASED.to_owned()));
    assert_eq!(texts(&log[3]), gone());
    assert_eq!((log[3].action.as_str(), log[3].before.as_deref()), ("a.b", Some(r#"{"role":"viewer"}"#)), "what was done stays");
    assert_eq!(log[3].after.as_deref(), Some(r#"{"name":"erased","role":"admin"}"#));
    assert_eq!((log[2].actor.as_str(), log[2].subject.as_str()), (ERASED, "ben@example.com"), "others stay readable");
    assert_eq!(texts(&read(&db.store, there).await.0[0]), gone(), "in every workspace");

    // Whoever comes back gets a new key; it opens nothing old.
    note(&db.store, &ada(here, ada_id), "a thing".into()).await;
    let (log, _) = read(&db.store, here).await;
    assert_eq!((log[0].actor.as_str(), log[4].actor.as_str()), ("ada@example.com", ERASED));
    assert_eq!(drop_keys(&db.store, &[ben, eve, Person::User(ada_id)]).await, 3);
    let (log, verdict) = read(&db.store, here).await;
    assert!(log.iter().all(|e| e.actor == "visitor" || e.actor == ERASED) && verdict.first_bad.is_none(), "{log:?}");
}

/// Keys are remembered for a while, but not one that its transaction took back: what is sealed under it nobody could read.
#[tokio::test]
async fn a_key_that_was_rolled_back_is_not_used_again() {
    let db = TestDb::create().await.unwrap();
    let here = tenant(&db.store).await;
    let scope = ada(here, Uuid::now_v7());
    let mut tx = db.store.tenant(&scope).await.unwrap();
    for _ in 0..2 {
        let new = NewEntry { at: OffsetDateTime::now_utc(), action: "a.b", subject: "a thing".into(), before: None, after: None, personal: &[] };
        audit::append(&mut tx, &new).await.unwrap();
    }
    tx.rollback().await.unwrap();
    for _ in 0..3 {
        note(&db.store, &scope, "a thing".into()).await;
    }
    let (log, verdict) = read(&db.store, here).await;
    assert_eq!((verdict.entries, verdict.first_bad), (3, None));
    assert!(log.iter().all(|e| e.actor == "ada@example.com"), "{log:?}");
}

#[tokio::test]
async fn a_sealed_text_opens_in_its_place_alone() {
    let db = TestDb::create().await.unwrap();
    let here = tenant(&db.store).await;
    let id = Uuid::now_v7();
    for _ in 0..2 {
        note(&db.store, &ada(here, id), "a thing".into()).await;
    }
    db.sql("alter table audit_log disable trigger user; update audit_log a set actor = b.actor from audit_log b where a.seq = 1 and b.seq = 2").await.unwrap();
    let (log, verdict) = read(&db.store, here).await;
    assert_eq!((log[1].actor.as_str(), log[0].actor.as_str()), ("unreadable", "ada@example.com"));
    assert_eq!(verdict.first_bad.map(|b| b.seq), Some(1));
}

#[tokio::test]
async fn another_master_key_stops_the_start_and_never_shows_data_as_erased() {
    let db = TestDb::create().await.unwrap();
    let here = tenant(&db.store).await;
    let connect = async |key: Option<MasterKey>| Store::connect(StoreConfig { master_key: key, ..config(&db.url) }).await.unwrap();
    // Before anything is sealed any key will do.
    connect(Some(MasterKey::random())).await.migrate().await.unwrap();
    note(&db.store, &ada(here, Uuid::now_v7()), "a thing".into()).await;
    db.store.migrate().await.unwrap();
    let other = connect(Some(MasterKey::random())).await;
    let refused = other.migrate().await.unwrap_err();
    assert!(matches!(&refused, StoreError::Setup(s) if s.contains("FITOUT_MASTER_KEY")), "{refused:?}");
    let mut tx = other.tenant(&TenantScope::system(here)).await.unwrap();
    assert!(matches!(audit::list(&mut tx, 10, None).await, Err(StoreError::Setup(_))));
    drop(tx);
    // Without any key nothing personal is stored, and nothing is stored in clear instead.
    let none = connect(None).await;
    let mut tx = none.tenant(&ada(here, Uuid::now_v7())).await.unwrap();
    let new = NewEntry { at: OffsetDateTime::now_utc(), action: "a.b", subject: "x".into(), before: None, after: None, personal: &[] };
    assert!(matches!(audit::append(&mut tx, &new).await, Err(StoreError::Setup(_))));
    let mut tx = none.tenant(&TenantScope::system(here)).await.unwrap();
    audit::append(&mut tx, &new).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_entries_at_once_make_one_key_per_person() {
    let db = TestDb::create().await.unwrap();
    let here = tenant(&db.store).await;
    let id = Uuid::now_v7();
    let tasks: Vec<_> = (0..16)
        .map(|n| {
            let (store, scope) = (db.store.clone(), ada(here, id));
            tokio::spawn(async move {
                let tenant = if n % 2 == 0 { here } else { tenant(&store).await };
                note(&store, &TenantScope { tenant, ..scope }, Subject::Person(Person::Mail("ben@example.com".into()), "ben@example.com")).await;
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(db.value("select count(*) from person_keys").await.unwrap(), "2");
    let (log, verdict) = read(&db.store, here).await;
    assert!(verdict.first_bad.is_none() && log.len() == 8 && log.iter().all(|e| e.subject == "ben@example.com"), "{log:?}");
}
