//! What the database's own catalogue says about isolation and constraints.

use sqlx::Connection;
use std::collections::BTreeSet;
use store::error::{INTERNAL, REACHABLE};
use store::testing::TestDb;
use store::{PLATFORM_TABLES, Store, StoreConfig, StoreError, TenantScope, accounts, audit};
use time::OffsetDateTime;
use uuid::Uuid;

async fn list(db: &TestDb, sql: &str) -> Vec<String> {
    let text = db.value(&format!("select string_agg(x, '|' order by x) from ({sql}) q (x)")).await.unwrap();
    text.split('|').filter(|s| !s.is_empty()).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_table_is_isolated_or_listed_as_platform() {
    let db = TestDb::create().await.unwrap();
    let tables = list(&db, "select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace").await;
    assert!(tables.len() >= 18, "this test saw only {} tables: did the schema move?", tables.len());
    for platform in PLATFORM_TABLES {
        assert!(tables.iter().any(|t| t == platform), "{platform} is listed in PLATFORM_TABLES, but does not exist");
    }
    let policy = "(tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)";
    let mut isolated = 0;
    for table in tables.iter().filter(|t| !PLATFORM_TABLES.contains(&t.as_str())) {
        isolated += 1;
        let next = "Call `select fitout_isolate('…')` in its migration, or add it to store::PLATFORM_TABLES with a reason.";
        let forced = db.value(&format!("select relrowsecurity and relforcerowsecurity from pg_class where oid = '{table}'::regclass")).await.unwrap();
        assert_eq!(forced, "true", "{table} has no forced row-level security. {next}");
        let policies = list(
            &db,
            &format!(
                "select coalesce(qual, '-') || '~' || coalesce(with_check, '-') || '~' || cmd || '~' || permissive from pg_policies where tablename = '{table}'"
            ),
        )
        .await;
        assert_eq!(policies, [format!("{policy}~{policy}~ALL~PERMISSIVE")], "{table}: policy. {next}");
        let not_null = db.value(&format!("select attnotnull from pg_attribute where attrelid = '{table}'::regclass and attname = 'tenant_id'")).await.unwrap();
        assert_eq!(not_null, "true", "{table}.tenant_id must be `uuid not null`");
        let index = db
            .value(&format!(
                "select exists (select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] \
                 where i.indrelid = '{table}'::regclass and a.attname = 'tenant_id' and i.indpred is null)"
            ))
            .await
            .unwrap();
        assert_eq!(index, "true", "{table} needs an index that begins with tenant_id");
        let loose = list(
            &db,
            &format!(
                "select c.conname from pg_constraint c where c.contype = 'f' and c.conrelid = '{table}'::regclass \
                 and exists (select from pg_attribute a where a.attrelid = c.confrelid and a.attname = 'tenant_id' and a.attnum > 0) \
                 and not exists (select from unnest(c.conkey) k join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k where a.attname = 'tenant_id')"
            ),
        )
        .await;
        assert!(loose.is_empty(), "{table}: foreign keys {loose:?} must carry tenant_id along, or they reach into other tenants");
    }
    assert!(isolated >= 8, "only {isolated} tenant tables seen");
}

#[tokio::test]
async fn the_restricted_role_reaches_no_platform_table_and_passes_nothing() {
    let db = TestDb::create().await.unwrap();
    let role =
        db.value("select rolcanlogin or rolsuper or rolbypassrls or rolcreaterole or rolcreatedb from pg_roles where rolname = 'fitout_app'").await.unwrap();
    assert_eq!(role, "false");
    let grants = list(&db, "select distinct table_name::text from information_schema.table_privileges where grantee in ('fitout_app')").await;
    assert!(grants.len() >= 8, "{grants:?}");
    for platform in PLATFORM_TABLES {
        assert!(!grants.iter().any(|g| g == platform), "fitout_app may touch {platform}");
    }
    // Functions of ours that run as the owner: fixed search path, not for everybody.
    let definers = list(&db, "select proname::text from pg_proc p where prosecdef and pronamespace = 'public'::regnamespace and proname like 'fitout%'").await;
    assert!(definers.len() >= 8, "{definers:?}");
    let careless = list(
        &db,
        "select proname::text from pg_proc p where prosecdef and pronamespace = 'public'::regnamespace and proname like 'fitout%' \
         and prorettype <> 'trigger'::regtype and (not coalesce(proconfig::text, '') like '%search_path%' or has_function_privilege('public', oid, 'execute'))",
    )
    .await;
    assert!(careless.is_empty(), "{careless:?} need `set search_path` and `revoke execute … from public`");
}

#[tokio::test]
async fn every_constraint_is_mapped_or_internal() {
    let db = TestDb::create().await.unwrap();
    let own = "conrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace and relname not in ('spatial_ref_sys', '_sqlx_migrations'))";
    let names: BTreeSet<String> = list(
        &db,
        &format!(
            "select conname::text from pg_constraint where {own} union select c.relname::text from pg_index i join pg_class c on c.oid = i.indexrelid \
             join pg_class t on t.oid = i.indrelid where i.indisunique and t.relnamespace = 'public'::regnamespace \
             and t.relname not in ('spatial_ref_sys', '_sqlx_migrations')"
        ),
    )
    .await
    .into_iter()
    .collect();
    assert!(names.len() >= 80, "this test saw only {} constraints", names.len());
    let known: BTreeSet<String> =
        REACHABLE.iter().map(|v| v.constraint).chain(INTERNAL.iter().copied()).filter(|n| *n != "text_without_nul").map(str::to_owned).collect();
    let unmapped: Vec<_> = names.difference(&known).collect();
    assert!(unmapped.is_empty(), "add {unmapped:?} to REACHABLE (with words) or INTERNAL in store::error");
    let gone: Vec<_> = known.difference(&names).collect();
    assert!(gone.is_empty(), "{gone:?} do not exist any more");
}

async fn tenant(db: &TestDb, name: &str) -> TenantScope {
    let id = Uuid::now_v7();
    let mut tx = db.store.platform("a test makes a workspace").await.unwrap();
    accounts::create_tenant(&mut tx, &accounts::NewTenant { id, name, slug: None, currency: "USD", kind: "organization" }).await.unwrap();
    tx.commit().await.unwrap();
    TenantScope::system(id)
}

#[tokio::test]
async fn another_tenants_rows_do_not_exist() {
    let db = TestDb::create().await.unwrap();
    let (a, b) = (tenant(&db, "A").await, tenant(&db, "B").await);
    let (product, value) = (Uuid::now_v7(), serde_json::json!({ "z": 1, "a": 2 }));
    let facts = store::products::Facts { sku: "TARN".into(), name: "Tarn".into(), category: "desks".into(), currency: "USD".into(), ..Default::default() };
    let mut tx = db.store.tenant(&a).await.unwrap();
    store::products::create(&mut tx, product, &value, &facts).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = db.store.tenant(&b).await.unwrap();
    assert_eq!(store::products::get(&mut tx, product).await.unwrap(), None);
    assert!(!store::products::update_draft(&mut tx, product, &value, &facts, None).await.unwrap());
    // The same SKU is free here, and a reference into the other tenant is refused.
    store::products::create(&mut tx, Uuid::now_v7(), &value, &facts).await.unwrap();
    let job = store::jobs::NewJob {
        id: Uuid::now_v7(),
        kind: "model",
        configuration_id: None,
        product_id: Some(product),
        request: &value,
        key: "k",
        title: "",
        sku: "",
        variant_code: "",
        max_retries: 3,
    };
    let refused = store::jobs::create(&mut tx, &job, store::jobs::Source::Cached(&value)).await.unwrap_err();
    assert!(refused.is_constraint("jobs_product_exists"), "{refused:?}");
    drop(tx);
    // Without any filter, in the restricted role: every tenant table shows B only its own rows, and nothing at all without a tenant.
    let mut raw = sqlx::PgConnection::connect(&db.url).await.unwrap();
    for (setting, expected) in [(a.tenant.to_string(), 1_i64), (b.tenant.to_string(), 0), (String::new(), 0)] {
        let mut tx = raw.begin().await.unwrap();
        sqlx::raw_sql("set local role fitout_app").execute(&mut *tx).await.unwrap();
        sqlx::query("select set_config('app.tenant_id', $1, true)").bind(&setting).execute(&mut *tx).await.unwrap();
        let seen: i64 = sqlx::query_scalar("select count(*) from products where id = $1").bind(product).fetch_one(&mut *tx).await.unwrap();
        assert_eq!(seen, expected, "tenant {setting:?}");
        let hidden: Option<i64> = sqlx::query_scalar("select count(*) from users").fetch_one(&mut *tx).await.ok();
        assert_eq!(hidden, None, "the restricted role must not read platform tables");
    }
    let mut tx = raw.begin().await.unwrap();
    sqlx::raw_sql("set local role fitout_app").execute(&mut *tx).await.unwrap();
    sqlx::query("select set_config('app.tenant_id', $1, true)").bind(b.tenant.to_string()).execute(&mut *tx).await.unwrap();
    let smuggled = sqlx::query("insert into mails (tenant_id, id, recipient, subject, body, state) values ($1, $2, '', '', '', 'kept')")
        .bind(a.tenant)
        .bind(Uuid::now_v7())
        .execute(&mut *tx)
        .await;
    assert!(smuggled.is_err(), "WITH CHECK must refuse rows for another tenant");
}

#[tokio::test]
async fn tampering_with_the_audit_log_is_refused_and_found() {
    let db = TestDb::create().await.unwrap();
    let scope = tenant(&db, "A").await;
    let at = OffsetDateTime::from_unix_timestamp(1_760_000_000).unwrap();
    for n in 0..6 {
        let mut tx = db.store.tenant(&scope).await.unwrap();
        let after = serde_json::json!({ "n": n, "price": 0.1, "text": "ä" });
        let new = audit::NewEntry { at, action: "thing.changed", subject: "x".into(), before: None, after: Some(&after), personal: &[] };
        audit::append(&mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
    }
    let verdict = |db: &TestDb| {
        let (store, scope) = (db.store.clone(), scope.clone());
        async move {
            let mut tx = store.tenant(&scope).await.unwrap();
            audit::verify(&mut tx).await.unwrap()
        }
    };
    assert_eq!(verdict(&db).await, audit::Verdict { entries: 6, first_bad: None });
    assert!(db.sql("update audit_log set actor = 'mallory' where seq = 3").await.is_err(), "the trigger refuses even the owner");
    assert!(db.sql("delete from audit_log").await.is_err());
    assert!(db.sql("truncate audit_log").await.is_err());
    // With the rights of a database administrator.
    let tamper = [
        ("update audit_log set actor = 'mallory' where seq = 3", 3),
        ("update audit_log set after = '{}' where seq = 5", 5),
        ("update audit_log set at = at + interval '1 microsecond' where seq = 1", 1),
        ("delete from audit_log where seq = 2", 2),
        ("delete from audit_log where seq = 6", 6),
        ("delete from audit_log", 1),
        ("update audit_log set seq = 60 where seq = 6", 6),
        ("update audit_log set hash = sha256('x') where seq = 4", 4),
        ("update audit_log set hash = sha256('x') where seq = 6", 6),
    ];
    for (sql, first_bad) in tamper {
        db.sql("create table keep as select * from audit_log; alter table audit_log disable trigger user;").await.unwrap();
        db.sql(sql).await.unwrap();
        let found = verdict(&db).await;
        assert_eq!(found.first_bad.map(|b| b.seq), Some(first_bad), "{sql}");
        db.sql("delete from audit_log; insert into audit_log select * from keep; drop table keep; alter table audit_log enable trigger user;").await.unwrap();
    }
    assert_eq!(verdict(&db).await.first_bad, None, "the test restores what it breaks");
    // A rolled-back append leaves no gap.
    let mut tx = db.store.tenant(&scope).await.unwrap();
    audit::append(&mut tx, &audit::NewEntry { at, action: "a.b", subject: "x".into(), before: None, after: None, personal: &[] }).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(verdict(&db).await, audit::Verdict { entries: 6, first_bad: None });
}

/// Somebody who is still at work after an entry keeps nobody of the same workspace waiting; entries join the chain in the order of commits.
#[tokio::test]
async fn entries_of_open_transactions_hold_up_nobody() {
    let db = TestDb::create().await.unwrap();
    let scope = tenant(&db, "A").await;
    let new = |action| audit::NewEntry { at: OffsetDateTime::now_utc(), action, subject: "x".into(), before: None, after: None, personal: &[] };
    let mut slow = db.store.tenant(&scope).await.unwrap();
    audit::append(&mut slow, &new("slow.first")).await.unwrap();
    audit::append(&mut slow, &new("slow.second")).await.unwrap();
    let quick = async {
        let mut tx = db.store.tenant(&scope).await.unwrap();
        audit::append(&mut tx, &new("quick.only")).await.unwrap();
        tx.commit().await.unwrap();
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), quick).await.expect("nobody waits for an open transaction");
    slow.commit().await.unwrap();
    let mut tx = db.store.tenant(&scope).await.unwrap();
    let log = audit::list(&mut tx, 10, None).await.unwrap().items;
    assert_eq!(log.iter().rev().map(|e| e.action.as_str()).collect::<Vec<_>>(), ["quick.only", "slow.first", "slow.second"]);
    assert_eq!(audit::verify(&mut tx).await.unwrap(), audit::Verdict { entries: 3, first_bad: None });
    assert_eq!(db.value("select count(*) from audit_due").await.unwrap(), "0", "nothing waits that has joined");
}

#[tokio::test]
async fn constraints_become_codes() {
    let db = TestDb::create().await.unwrap();
    let mut tx = db.store.platform("a test").await.unwrap();
    let user = |email| accounts::NewUser { id: Uuid::now_v7(), email, name: "Ada", password_hash: "x" };
    accounts::create_user(&mut tx, &user("ada@example.com")).await.unwrap();
    let error = accounts::create_user(&mut tx, &user("ADA@example.com")).await.unwrap_err();
    let violation = error.violation().unwrap();
    assert_eq!((violation.code, violation.pointer), ("email_taken", "/email"));
    let mut tx = db.store.platform("a test").await.unwrap();
    let nul = accounts::user_by_email(&mut tx, "a\0b").await.unwrap_err();
    assert!(matches!(nul, StoreError::Constraint { .. }) && nul.violation().is_some(), "U+0000 is the person's fault, not ours: {nul:?}");
}

#[tokio::test]
async fn an_absent_database_is_unavailable_and_a_bad_address_a_sentence() {
    let config = |url: &str| StoreConfig { acquire_timeout: std::time::Duration::from_millis(300), ..StoreConfig::new(url) };
    let absent = Store::connect(config("postgres://x@127.0.0.1:1/x")).await.unwrap_err();
    assert!(matches!(absent, StoreError::Unavailable(_)) && absent.is_transient(), "{absent:?}");
    let bad = Store::connect(config("http://x")).await.unwrap_err();
    assert!(matches!(&bad, StoreError::Setup(s) if s.starts_with("DATABASE_URL is not")), "{bad:?}");
}
