//! Saved configurations over time: folders, copies, what changed since, moving on to today's edition, two side by side.

use contract::*;
use serde_json::json;
use test_kit::{TestApp, TestTenant, new_configuration};

/// Publishes another edition of a product: `change` edits its definition.
async fn new_edition(tenant: &TestTenant, app: &TestApp, product: &str, edition: &str, change: impl FnOnce(&mut serde_json::Value)) {
    let mut definition = publish::demo().into_iter().find(|d| d["sku"] == "DESK-HA").expect("the desk");
    definition["template_version"] = json!(edition);
    change(&mut definition);
    let admin = &tenant.admin.ctx;
    app.facade.products.update(admin, product, definition, None).await.expect("updated");
    app.facade.products.publish(admin, product, None).await.expect("published");
}

#[tokio::test]
async fn folders_hold_what_was_put_there_and_words_find_it() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme").await;
    let admin = &tenant.admin.ctx;
    let desk = tenant.product("DESK-HA").await.id;
    let list = async |query: ConfigurationQuery| -> Vec<String> {
        app.facade.configurations.list(admin, query).await.expect("list").items.into_iter().map(|c| c.name).collect()
    };
    let save = async |name: &str, width: u32| {
        app.facade.configurations.create(admin, new_configuration(&desk, name, &json!({ "width": width }))).await.expect("saved")
    };
    let first = save("Reception", 1800).await;
    save("Studio, window side", 1600).await;
    let put = ChangeConfiguration { folder: Some(" Harbour house ".to_owned()), ..ChangeConfiguration::default() };
    let moved = app.facade.configurations.change(admin, &first.id, put, Some(first.revision)).await.expect("moved");
    assert_eq!((moved.folder.as_str(), moved.name.as_str(), moved.product_sku.as_str()), ("Harbour house", "Reception", "DESK-HA"));

    let folders = app.facade.configurations.folders(admin).await.expect("folders");
    let folder = |name: &str| Folder { name: name.to_owned(), configurations: 1 };
    assert_eq!(folders, [folder(""), folder("Harbour house")]);
    let within = |folder: &str| ConfigurationQuery { folder: Some(folder.to_owned()), ..ConfigurationQuery::default() };
    assert_eq!(list(within("Harbour house")).await, ["Reception"]);
    assert_eq!(list(within("")).await, ["Studio, window side"]);
    assert_eq!(list(within("harbour")).await, Vec::<String>::new());
    let words = |text: &str| ConfigurationQuery { search: Some(text.to_owned()), ..ConfigurationQuery::default() };
    assert_eq!(list(words("tarn studio")).await, ["Studio, window side"]);
    assert_eq!(list(words("desk-ha")).await.len(), 2);
    assert_eq!(list(words("100%_\\'")).await, Vec::<String>::new());

    let long = ChangeConfiguration { folder: Some("x".repeat(101)), ..ChangeConfiguration::default() };
    let refused = app.facade.configurations.change(admin, &first.id, long, None).await.expect_err("too long");
    assert_eq!((refused.kind, refused.code.as_str()), (ErrorKind::Invalid, "folder_length"));
}

#[tokio::test]
async fn a_new_edition_shows_what_changed_line_by_line_and_can_be_moved_to() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme").await;
    let admin = &tenant.admin.ctx;
    let desk = tenant.product("DESK-HA").await.id;
    let saved = app.facade.configurations.create(admin, new_configuration(&desk, "Old", &json!({ "width": 1800, "colour": "silver" }))).await.expect("saved");
    let same = app.facade.configurations.difference(admin, &saved.id, None).await.expect("difference");
    assert!(!same.any() && same.options.is_empty() && !same.alike.is_empty(), "{same:?}");
    assert_eq!(same.was.price.as_ref(), Some(&saved.price));

    // The frame costs $20 more, and silver is no longer offered.
    new_edition(&tenant, &app, &desk, "9.9.9", |d| {
        d["price"]["lines"][0]["amount"] = json!(format!("({}) + 2000", d["price"]["lines"][0]["amount"].as_str().expect("a formula")));
        let colours = d["config_schema"]["properties"]["colour"]["enum"].as_array_mut().expect("colours");
        colours.retain(|c| c != "silver");
        for words in ["labels", "material", "code"] {
            d["config_schema"]["properties"]["colour"]["x-fitout"][words].as_object_mut().expect("of each colour").remove("silver");
        }
    })
    .await;
    let now = app.facade.configurations.get(admin, &saved.id).await.expect("still there");
    assert_eq!((now.newer_edition.as_deref(), &now.price, &now.config_data), (Some("9.9.9"), &saved.price, &saved.config_data));
    let d = app.facade.configurations.difference(admin, &saved.id, None).await.expect("difference");
    assert_eq!(d.now.edition, "9.9.9");
    let colour = d.options.iter().find(|o| o.label == "Frame colour").expect("the colour differs");
    assert_eq!((colour.was.as_deref(), colour.now.as_deref()), (Some("Silver"), Some("Black")));
    assert_eq!(d.options.len(), 1, "{:?}", d.options);
    let minor = |m: &Option<Money>| m.as_ref().map_or(0, |m| m.minor);
    let by: i64 = d.lines.iter().map(|l| minor(&l.now) - minor(&l.was)).sum();
    assert_eq!(by, minor(&d.now.price) - minor(&d.was.price));
    assert!(d.lines.iter().any(|l| minor(&l.now) - minor(&l.was) == 2000), "{:?}", d.lines);

    // Behind a link stays what was shared; the copy moves on.
    let copy = app.facade.configurations.fork(admin, &saved.id, ForkConfiguration::default()).await.expect("copied");
    assert_eq!((copy.name.as_str(), &copy.price, copy.share_url.as_deref()), ("Old, copy", &saved.price, None));
    app.facade.configurations.share(admin, &saved.id).await.expect("shared");
    let refused = app.facade.configurations.renew(admin, &saved.id, None).await.expect_err("shared");
    assert_eq!(refused.code, "configuration_shared");
    let renewed = app.facade.configurations.renew(admin, &copy.id, Some(copy.revision)).await.expect("renewed");
    assert_eq!((renewed.product_schema_version.as_str(), renewed.newer_edition, Some(&renewed.price)), ("9.9.9", None, d.now.price.as_ref()));
    assert!(!app.facade.configurations.difference(admin, &copy.id, None).await.expect("difference").any());

    let side_by_side = app.facade.configurations.difference(admin, &saved.id, Some(&copy.id)).await.expect("compared");
    assert_eq!((side_by_side.was.price.as_ref(), side_by_side.now.price.as_ref()), (Some(&saved.price), Some(&renewed.price)));
    assert_eq!(side_by_side.options.iter().map(|o| o.label.as_str()).collect::<Vec<_>>(), ["Frame colour"]);
}

#[tokio::test]
async fn what_todays_edition_refuses_is_said_and_not_moved() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme").await;
    let admin = &tenant.admin.ctx;
    let desk = tenant.product("DESK-HA").await.id;
    let saved = app.facade.configurations.create(admin, new_configuration(&desk, "Wide", &json!({ "width": 1900 }))).await.expect("saved");
    new_edition(&tenant, &app, &desk, "9.9.8", |d| {
        let rule = json!({ "id": "narrow", "when": "frame == 'standard'", "require": "width <= 1700", "message": "The standard frame now carries 1.7 m." });
        d["rules"].as_array_mut().expect("rules").push(rule);
    })
    .await;
    let d = app.facade.configurations.difference(admin, &saved.id, None).await.expect("difference");
    assert_eq!((d.now.price.as_ref(), d.problems.first().map(String::as_str)), (None, Some("The standard frame now carries 1.7 m.")));
    let refused = app.facade.configurations.renew(admin, &saved.id, None).await.expect_err("refused");
    assert_eq!((refused.kind, refused.code.as_str()), (ErrorKind::Conflict, "edition_refuses"));
    assert!(refused.detail.contains("1.7 m"), "{}", refused.detail);
    assert_eq!(app.facade.configurations.get(admin, &saved.id).await.expect("there").revision, saved.revision);
}

#[tokio::test]
async fn elements_of_a_wall_are_compared_in_words() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme").await;
    let admin = &tenant.admin.ctx;
    let wall = tenant.product("WALL-ST").await.id;
    let save = async |choices: serde_json::Value| app.facade.configurations.create(admin, new_configuration(&wall, "Wall", &choices)).await.expect("saved");
    let plain = save(json!({})).await;
    let modules = plain.config_data["modules"].as_array().expect("elements").clone();
    let mut doors = modules.clone();
    doors[0]["options"]["front"] = json!("shelf");
    let other = save(json!({ "modules": doors })).await;
    let d = app.facade.configurations.difference(admin, &plain.id, Some(&other.id)).await.expect("compared");
    let [change] = &d.options[..] else { panic!("one difference: {:?}", d.options) };
    assert!(change.now.as_deref().is_some_and(|t| t.contains("1 × ") && t.to_lowercase().contains("shelf")), "{change:?}");
}

#[tokio::test]
async fn a_specification_has_the_picture_once_there_is_one() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let admin = &acme.admin.ctx;
    let desk = acme.product("DESK-HA").await.id;
    let saved = app.facade.configurations.create(admin, new_configuration(&desk, "Desk", &json!({}))).await.expect("saved");
    let pictured = async || {
        let made = app.facade.configurations.specification(admin, &saved.id).await.expect("set");
        assert!(made.name.starts_with("DESK-HA") && made.data.starts_with(b"%PDF"));
        app.typesetter.given().last().expect("given").iter().any(|(name, _)| name == "picture.webp")
    };
    assert!(!pictured().await);
    let job = app.facade.jobs.create(admin, NewJob { configuration_id: Some(saved.id.clone()), ..NewJob::default() }).await.expect("asked");
    app.run_jobs().await;
    assert_eq!(app.facade.jobs.get(admin, &job.id).await.expect("done").status, JobStatus::Completed);
    assert!(pictured().await);
}
