//! Files of a workshop: spreadsheet and drawings, and what can't be had.

use super::{as_user, door};
use test_kit::TestApp;

#[tokio::test]
async fn lists_and_boards_are_downloads_of_the_present_choices() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ann = as_user(&app, &acme.admin);
    let (cabinet, sofa) = (acme.product("CAB-BASE").await.id, acme.product("SOFA-LG").await.id);
    let wide = "%7B%22width%22%3A900%7D";
    for (file, kind) in [("lists.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), ("panels.zip", "application/zip")] {
        let at = |query: &str| format!("/api/v1/products/{cabinet}/workshop/{file}?{query}");
        let reply = ann.get(&at(&format!("config_data={wide}"))).await.expect(200);
        assert_eq!(reply.header("content-type"), kind);
        assert!(reply.header("content-disposition").starts_with("attachment; filename=\"CAB-BASE"), "{}", reply.header("content-disposition"));
        assert!(reply.body.starts_with(b"PK"));
        assert_eq!(ann.get(&at(&format!("config_data={wide}"))).await.expect(200).body, reply.body, "the same choices, the same file");
        assert_ne!(ann.get(&at("")).await.expect(200).body, reply.body, "other choices, another file");
        assert_eq!(ann.get(&at("config_data=%5B")).await.problem(400)["code"], "malformed_query");
        assert_eq!(ann.get(&at("kerf=wide")).await.problem(400)["code"], "malformed_query");
        assert_eq!(ann.get(&at("kerf=99")).await.problem(422)["errors"][0]["pointer"], "/stock/kerf");
        assert_eq!(ann.get(&at("config_data=%7B%22width%22%3A1%7D")).await.problem(422)["code"], "outside_schema");
    }
    // On paper: the product taken apart, of whatever it is made.
    for product in [&cabinet, &sofa] {
        let sheet = ann.get(&format!("/api/v1/products/{product}/workshop/assembly.pdf")).await.expect(200);
        assert_eq!(sheet.header("content-type"), "application/pdf");
        assert!(sheet.header("content-disposition").ends_with("-assembly.pdf\"") && sheet.body.starts_with(b"%PDF"));
        let lists = ann.get(&format!("/api/v1/products/{product}/workshop/lists.pdf")).await.expect(200);
        assert!(lists.header("content-disposition").ends_with("-lists.pdf\"") && lists.body.starts_with(b"%PDF"));
    }
    let _ = ann.get(&format!("/api/v1/products/{sofa}/workshop/panels.zip")).await.expect(404);
    let _ = ann.get(&format!("/api/v1/products/{sofa}/workshop/lists.xlsx")).await.expect(200);
    let _ = ann.get(&format!("/api/v1/products/{cabinet}/workshop/passwords.txt")).await.expect(404);
    // Another workspace's product is not there.
    let _ = door(&app).get(&format!("/api/v1/products/{cabinet}/workshop/lists.xlsx")).await.expect(404);
    let desk = acme.product("DESK-HA").await.id;
    let query = "config_data=%7B%22width%22%3A2400%2C%22frame%22%3A%22standard%22%7D";
    assert_eq!(ann.get(&format!("/api/v1/products/{desk}/workshop/lists.xlsx?{query}")).await.problem(422)["code"], "impossible_combination");
}
