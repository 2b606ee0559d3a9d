//! Uploads: what is taken, refused, made, changed and removed, as programs and plain forms send them.

use super::{as_user, door};
use axum::body::Bytes;
use contract::Asset;
use ports::{ScanError, Verdict};
use serde_json::{Value, json};
use test_kit::TestApp;
use test_kit::http::{Client, Reply};

/// A wedge 600 wide, 400 deep, 720 high, in millimetres with Z up.
pub(crate) const STL: &str = "solid wedge
facet normal 0 0 -1 outer loop vertex 0 0 0 vertex 600 400 0 vertex 600 0 0 endloop endfacet
facet normal 0 0 -1 outer loop vertex 0 0 0 vertex 0 400 0 vertex 600 400 0 endloop endfacet
facet normal 0 1 0 outer loop vertex 0 400 0 vertex 0 400 720 vertex 600 400 0 endloop endfacet
facet normal 0 -1 0 outer loop vertex 0 0 0 vertex 600 0 0 vertex 0 0 720 endloop endfacet
facet normal -1 0 0 outer loop vertex 0 0 0 vertex 0 0 720 vertex 0 400 720 endloop endfacet
facet normal -1 0 0 outer loop vertex 0 0 0 vertex 0 400 720 vertex 0 400 0 endloop endfacet
facet normal 1 0 1 outer loop vertex 600 0 0 vertex 600 400 0 vertex 0 400 720 endloop endfacet
facet normal 1 0 1 outer loop vertex 600 0 0 vertex 0 400 720 vertex 0 0 720 endloop endfacet
endsolid wedge
";

/// Sends a file as a browser's form does.
pub(crate) async fn upload(client: &Client, name: &str, data: &[u8], fields: &[(&str, &str)]) -> Reply {
    let mut body = Vec::new();
    for (field, value) in fields {
        body.extend(format!("--line\r\ncontent-disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n").bytes());
    }
    body.extend(
        format!("--line\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: application/octet-stream\r\n\r\n").bytes(),
    );
    body.extend(data);
    body.extend(b"\r\n--line--\r\n");
    client.raw("POST", "/api/v1/assets", Some("multipart/form-data; boundary=line"), Bytes::from(body)).await
}

/// A fresh upload of its own content; answers its id.
pub(crate) async fn uploaded(client: &Client) -> String {
    let own = format!("{STL}\n# {}", uuid::Uuid::now_v7());
    let reply = upload(client, "wedge.stl", own.as_bytes(), &[]).await.expect(202);
    reply.json()["asset"]["id"].as_str().expect("an id").to_owned()
}

async fn shown(client: &Client, id: &str) -> Asset {
    serde_json::from_value(client.get(&format!("/api/v1/assets/{id}")).await.expect(200).json()).expect("an asset")
}

fn png(size: u32) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_fn(size, size / 2, |x, y| image::Rgb([u8::try_from(x % 256).expect("small"), u8::try_from(y % 256).expect("small"), 90]))
        .write_to(&mut out, image::ImageFormat::Png)
        .expect("written");
    out.into_inner()
}

#[tokio::test]
async fn a_model_is_read_drawn_and_served_in_three_levels() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ann = as_user(&app, &acme.designer().await);
    let taken = upload(&ann, "C:\\models\\Wedge chair.stl", STL.as_bytes(), &[]).await.expect(202);
    let id = taken.json()["asset"]["id"].as_str().expect("an id").to_owned();
    assert_eq!((taken.header("location").to_owned(), taken.json()["asset"]["status"].clone()), (format!("/api/v1/assets/{id}"), json!("processing")));
    app.run_jobs().await;
    let asset = shown(&ann, &id).await;
    assert_eq!(
        (asset.name.as_str(), asset.file_name.as_str(), asset.kind.as_str(), asset.status.as_str()),
        ("Wedge chair", "Wedge chair.stl", "model", "ready")
    );
    assert_eq!((asset.size_mm, asset.unit.as_deref(), asset.up.as_deref(), asset.guessed), (Some([600.0, 400.0, 720.0]), Some("mm"), Some("z"), true));
    assert_eq!(asset.triangles.first(), Some(&8));
    let job = ann.get(&format!("/api/v1/jobs/{}", asset.job_id.clone().expect("a job"))).await.expect(200).json();
    assert_eq!(
        (job["status"].clone(), job["kind"].clone(), job["result_url"].clone()),
        (json!("COMPLETED"), json!("asset"), json!(format!("/admin/assets/{id}")))
    );

    // Files need no sign-in: their addresses are the right to read them.
    let anyone = door(&app);
    assert_eq!(asset.glb_urls.len(), 3);
    for url in &asset.glb_urls {
        let file = anyone.get(url).await.expect(200);
        assert_eq!(file.header("content-type"), "model/gltf-binary");
        assert!(file.body.starts_with(b"glTF\x02\0\0\0"), "{url}");
    }
    for url in [asset.thumbnail_url.clone(), asset.symbol_url.clone()] {
        let file = anyone.get(&url.expect("a drawing")).await.expect(200);
        assert!(file.header("content-type") == "image/svg+xml" && file.text().starts_with("<svg") && file.text().contains("<path"), "{}", file.text());
    }
    let room = app.facade.files.room(asset.model_token().expect("a token")).await.expect("a room");
    assert_eq!((room.name.as_str(), room.size_mm, room.picture), ("Wedge chair", [600.0, 400.0, 720.0], asset.thumbnail_url.clone()));

    // The same file is the same asset, whatever it is called.
    let again = upload(&ann, "copy.stl", STL.as_bytes(), &[]).await.expect(202).json();
    assert_eq!((again["asset"]["id"].as_str(), &again["job"]), (Some(id.as_str()), &Value::Null));
    let list = ann.get("/api/v1/assets?search=wedge").await.expect(200).json();
    assert_eq!((list["items"].as_array().map(Vec::len), ann.get("/api/v1/assets?search=sofa").await.expect(200).json()["items"].clone()), (Some(1), json!([])));
}

#[tokio::test]
async fn a_person_says_what_lengths_and_axes_mean() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ann = as_user(&app, &acme.admin);
    app.run_jobs().await;
    let before = app.blobs.count("tenants");
    let id = uploaded(&ann).await;
    app.run_jobs().await;
    assert!(app.blobs.count("tenants") > before);
    let first = shown(&ann, &id).await;
    let path = format!("/api/v1/assets/{id}");
    let refused = ann.patch(&path, json!({ "unit": "ell" })).await.expect(422);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/unit");
    let stale = ann.with("if-match", "\"1\"").patch(&path, json!({ "unit": "cm" })).await;
    assert_eq!(stale.status, 412, "{}", stale.text());
    let _ = ann.patch(&path, json!({ "unit": "cm", "up": "y", "name": "Wedge, large" })).await.expect(200);
    app.run_jobs().await;
    let asset = shown(&ann, &id).await;
    assert_eq!((asset.name.as_str(), asset.size_mm, asset.guessed), ("Wedge, large", Some([6000.0, 7200.0, 4000.0]), false));
    // Files of the first reading are gone, the row's and the store's.
    assert_eq!(door(&app).get(&first.glb_urls[0]).await.status, 404);
    assert_ne!(asset.glb_urls, first.glb_urls);
    // The same once more leaves nothing behind.
    let files = app.blobs.count("tenants");
    let _ = ann.post(&format!("/api/v1/jobs/{}/again", asset.job_id.clone().expect("a job")), json!({})).await.expect(202);
    app.run_jobs().await;
    let again = shown(&ann, &id).await;
    assert_eq!((again.status.as_str(), &again.glb_urls, app.blobs.count("tenants")), ("ready", &asset.glb_urls, files));
    // A new name alone makes nothing anew.
    let renamed = ann.patch(&path, json!({ "name": "Wedge" })).await.expect(200).json();
    assert_eq!((renamed["status"].as_str(), renamed["glb_urls"].clone()), (Some("ready"), json!(asset.glb_urls)));

    let _ = ann.delete(&path).await.expect(204);
    assert_eq!(ann.get(&path).await.status, 404);
    assert_eq!(door(&app).get(&asset.glb_urls[0]).await.status, 404);
    let left = app.db.value("select (select count(*) from asset_variants where key like 'upload-%')::text").await.expect("counted");
    assert_eq!(left, "0");
    assert_eq!(app.blobs.count("tenants"), before, "nothing of it is left in the file store");
}

#[tokio::test]
async fn pictures_are_taken_as_they_are_and_made_small() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ann = as_user(&app, &acme.admin);
    let data = png(1200);
    let id = upload(&ann, "swatch.png", &data, &[("name", "Linen swatch")]).await.expect(202).json()["asset"]["id"].as_str().expect("an id").to_owned();
    app.run_jobs().await;
    let asset = shown(&ann, &id).await;
    assert_eq!((asset.name.as_str(), asset.kind.as_str(), asset.pixels, asset.guessed), ("Linen swatch", "picture", Some([1200, 600]), false));
    let whole = door(&app).get(&asset.picture_url.expect("the picture")).await.expect(200);
    assert_eq!((whole.header("content-type"), whole.body.as_ref()), ("image/png", data.as_slice()));
    let small = door(&app).get(&asset.thumbnail_url.expect("a small one")).await.expect(200);
    let small = image::load_from_memory(&small.body).expect("a picture");
    assert_eq!((small.width(), small.height()), (480, 240));
}

#[tokio::test]
async fn bad_files_are_refused_by_name() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ann = as_user(&app, &acme.admin);
    // At once, by what they are.
    for (name, data, code) in
        [("a.glb", &b""[..], "empty"), ("invoice.glb", b"%PDF-1.7 hello", "not_an_asset"), ("page.png", b"<html><script>alert(1)</script>", "not_an_asset")]
    {
        let refused = upload(&ann, name, data, &[]).await.expect(422);
        assert_eq!(refused.problem(422)["code"], code, "{name}");
    }
    let refused = upload(&ann, "wedge.stl", STL.as_bytes(), &[("unit", "ell"), ("up", "sideways")]).await.expect(422).json();
    assert_eq!(refused["errors"].as_array().map(Vec::len), Some(2));
    let none = ann.raw("POST", "/api/v1/assets", Some("multipart/form-data; boundary=line"), Bytes::from_static(b"--line--\r\n")).await;
    assert_eq!((none.status, none.json()["errors"][0]["pointer"].as_str()), (422, Some("/file")));
    assert_eq!(ann.post("/api/v1/assets", json!({})).await.status, 400);
    let huge = vec![b' '; contract::LARGEST_UPLOAD + 1];
    assert_eq!(upload(&ann, "huge.stl", &huge, &[]).await.status, 413);

    // After a look inside, with the place.
    let mut cut = png(300);
    cut.truncate(cut.len() / 2);
    for (name, data, code) in [("cut.png", cut, "broken_picture"), ("cut.glb", b"glTF\x02\0\0\0\xff\0\0\0".to_vec(), "cut_off")] {
        let id = upload(&ann, name, &data, &[]).await.expect(202).json()["asset"]["id"].as_str().expect("an id").to_owned();
        app.run_jobs().await;
        let asset = shown(&ann, &id).await;
        assert_eq!((asset.status.as_str(), asset.code.as_deref()), ("refused", Some(code)), "{name}: {:?}", asset.reason);
        let job = ann.get(&format!("/api/v1/jobs/{}", asset.job_id.expect("a job"))).await.expect(200).json();
        assert_eq!(
            (job["status"].as_str(), job["error_code"].as_str(), job["error_message"].as_str()),
            (Some("FAILED"), Some("E-REFUSED"), asset.reason.as_deref())
        );
    }
}

#[tokio::test]
async fn nothing_is_opened_before_the_scanner_has_looked() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ann = as_user(&app, &acme.admin);
    app.run_jobs().await;
    let before = app.blobs.count("tenants");
    app.scanner.say(Ok(Verdict::Harmful("Eicar-Signature".to_owned())));
    let id = uploaded(&ann).await;
    app.run_jobs().await;
    let asset = shown(&ann, &id).await;
    assert_eq!((asset.status.as_str(), asset.code.as_deref()), ("refused", Some("harmful")));
    assert!(asset.reason.is_some_and(|r| r.contains("Eicar-Signature")) && app.blobs.count("tenants") == before);

    app.scanner.say(Err(ScanError("connection refused".to_owned())));
    let id = uploaded(&ann).await;
    app.run_jobs().await;
    let asset = shown(&ann, &id).await;
    assert_eq!((asset.status.as_str(), asset.code.as_deref(), asset.glb_urls.len()), ("failed", Some("E-SCANNER"), 0));
    // The scanner is back: once more.
    app.scanner.say(Ok(Verdict::Clean));
    let _ = ann.post(&format!("/api/v1/jobs/{}/again", asset.job_id.expect("a job")), json!({})).await.expect(202);
    app.run_jobs().await;
    assert_eq!(shown(&ann, &id).await.status, "ready");
}

#[tokio::test]
async fn a_plain_form_is_sent_on_to_a_page() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let browser = as_user(&app, &acme.admin).with("accept", "text/html,application/xhtml+xml");
    let taken = upload(&browser, "wedge.stl", STL.as_bytes(), &[("unit", "auto"), ("up", "z")]).await;
    assert!(taken.status == 303 && taken.header("location").starts_with("/admin/assets/"), "{} {}", taken.status, taken.text());
    let refused = upload(&browser, "x.pdf", b"%PDF-1.7", &[]).await;
    assert_eq!((refused.status, refused.header("location")), (303, "/admin/assets?refused=not_an_asset"));
}
