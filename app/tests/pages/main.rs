//! Pages as the server sends them, before any script: they read, have their status, and their forms submit.

#![recursion_limit = "256"] // views are deep types

mod fake;

use app::{App, shell};
use axum::{
    Router,
    body::Body,
    extract::Request,
    middleware::{self, Next},
    response::Response,
};
use http::{StatusCode, header};
use http_body_util::BodyExt;
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, generate_route_list};
use tower::ServiceExt;

fn site() -> Router {
    let options = LeptosOptions::builder().output_name("fitout").build();
    let routes = generate_route_list(App);
    let facade = fake::facade();
    let (context, of_missing) = (facade.clone(), options.clone());
    Router::new()
        .leptos_routes_with_context(&options, routes, move || provide_context(context.clone()), {
            let o = options.clone();
            move || shell(o.clone())
        })
        .fallback(leptos_axum::file_and_error_handler_with_context::<LeptosOptions, _>(
            move || provide_context(facade.clone()),
            move |_| shell(of_missing.clone()),
        ))
        .layer(middleware::from_fn(|mut request: Request, next: Next| async move {
            let session = fake::session(request.headers());
            request.extensions_mut().insert(session);
            next.run(request).await
        }))
        .with_state(options)
}

async fn get(path: &str, cookie: &str) -> (Response, String) {
    let request = Request::builder().uri(path).header(header::ACCEPT, "text/html").header(header::COOKIE, cookie).body(Body::empty()).unwrap();
    send(request).await
}

async fn send(request: Request) -> (Response, String) {
    let (parts, body) = site().oneshot(request).await.unwrap().into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    (Response::from_parts(parts, Body::empty()), text)
}

async fn post(path: &str, form: &str) -> (Response, String) {
    send(
        Request::builder()
            .method("POST")
            .uri(path)
            .header(header::ACCEPT, "text/html")
            .header(header::REFERER, "http://127.0.0.1/auth/login")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap(),
    )
    .await
}

#[tokio::test]
async fn every_page_of_a_visitor_reads_without_script() {
    for (path, words) in [
        ("/", &["From an empty floor", "Tarn desk", "$670.50", "It says why"][..]),
        ("/products", &["Tarn desk", "1000–2400 × 700–900 mm", "In stock", "name=\"minPrice\""]),
        (
            "/workshop/p-cab?width=900&sheet.kerf=3.2",
            &[
                "Shale base cabinet",
                "Pale oak, 18 mm",
                "1 sheet, 86 % left over",
                "1.4 m",
                "value=\"3.2\"",
                "name=\"width\"",
                "href=\"/configure/p-cab?width=900\"",
                "CAB-BASE-cut-list.csv",
            ],
        ),
        ("/auth/login?next=/jobs", &["action=\"/_fn/sign-in\"", "value=\"/jobs\"", "type=\"password\""]),
        ("/auth/signup", &["action=\"/_fn/sign-up\"", "Organization"]),
        ("/auth/forgot?sent=1", &["action=\"/_fn/forgot-password\"", "on its way"]),
        ("/auth/reset?token=t", &["action=\"/_fn/reset-password\"", "value=\"t\""]),
        ("/auth/reset", &["not complete"]),
        ("/auth/invite?token=t", &["action=\"/_fn/accept-invite\""]),
    ] {
        let (response, html) = get(path, "").await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        for word in words {
            assert!(html.contains(word), "{path} lacks {word}");
        }
        assert!(html.contains("<title>") && html.contains("id=\"main\""), "{path}");
    }
}

#[tokio::test]
async fn every_page_of_a_person_reads_without_script() {
    for (path, words) in [
        ("/", &["Go on", "Desk for the studio", "$787.86", "Waiting for you", "E-GEO-014", "Halden Works", "action=\"/_fn/sign-out\""][..]),
        (
            "/jobs",
            &[
                "Jobs<span class=\"num\">3</span>",
                "1 of 2 busy",
                "From cache",
                "Retry 2 of 3",
                "Cutting edges",
                "action=\"/_fn/cancel-job\"",
                "action=\"/_fn/run-job-again\"",
            ],
        ),
        (
            "/saved",
            &["Desk for the studio", "Edition 1.5.0 is out", "href=\"/saved/c1\"", "Harbour house<span class=\"num\">2</span>", "action=\"/saved/compare\""],
        ),
        ("/saved?search=zebra&folder=Harbour%20house", &["Nothing saved fits", "href=\"/saved?search=zebra\"", "name=\"folder\" value=\"Harbour house\""]),
        (
            "/saved/c1",
            &[
                "Saved, 1.4.0",
                "Today, 1.5.0",
                "+$20.00",
                "Cable outlet",
                "action=\"/_fn/rename-configuration\"",
                "action=\"/_fn/revoke-share\"",
                "action=\"/_fn/fork-configuration\"",
                "action=\"/_fn/delete-configuration\"",
            ],
        ),
        ("/saved/compare?with=c1&with=c1", &["1 option differs", "+$20.00"]),
        ("/saved/compare?with=c1", &["Tick two saved configurations"]),
        ("/admin/products", &["Tarn desk", "href=\"/admin/products/p-desk\"", "action=\"/_fn/copy-product\""]),
        (
            "/admin/products/p-desk",
            &[
                "People see edition 1.4.0",
                "name=\"text\"",
                "\"sku\": \"DESK-HA\"",
                "action=\"/_fn/save-definition\"",
                "action=\"/_fn/publish-product\"",
                "frame == ",
            ],
        ),
        ("/admin/users?user=u2", &["Jonas Reyes", "Not yet signed in", "action=\"/_fn/change-role\"", "Here since"]),
        ("/admin/users?invite=1", &["action=\"/_fn/invite\""]),
        ("/admin/audit?verify=1", &["The chain is whole: 3 entries.", "member.changed"]),
        ("/admin/outbox", &["href=\"https://fitout.example/auth/invite?token=abc\"", "&lt;b&gt;plain"]),
    ] {
        let (response, html) = get(path, "as=person").await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        for word in words {
            assert!(html.contains(word), "{path} lacks {word}");
        }
    }
}

#[tokio::test]
async fn visitors_are_sent_to_sign_in_and_back() {
    for path in ["/jobs", "/saved", "/saved/c1", "/admin/users", "/admin/audit", "/admin/outbox"] {
        let (response, _) = get(path, "").await;
        assert_eq!(response.status(), StatusCode::FOUND, "{path}");
        assert_eq!(response.headers()[header::LOCATION], format!("/auth/login?next={path}").as_str());
    }
}

#[tokio::test]
async fn the_policy_names_the_nonce_of_every_script() {
    let (response, html) = get("/auth/login", "").await;
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    let nonce = policy.split("'nonce-").nth(1).and_then(|n| n.split('\'').next()).unwrap();
    let scripts = html.matches("<script").count();
    assert!(scripts > 0);
    assert_eq!(html.matches(&format!("nonce=\"{nonce}\"")).count(), html.matches("nonce=\"").count());
    assert!(
        html.split("<script").skip(1).all(|s| s.split('>').next().is_some_and(|tag| tag.contains("nonce=") || tag.contains("src="))),
        "a script without a nonce"
    );
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("script-src 'self' 'unsafe-inline'"));
    let (again, _) = get("/auth/login", "").await;
    assert!(!again.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains(nonce), "a nonce is used once");
}

#[tokio::test]
async fn the_theme_is_the_cookies_and_nothing_else() {
    assert!(get("/auth/login", "fitout_theme=dark").await.1.contains("data-theme=\"dark\""));
    assert!(!get("/auth/login", "fitout_theme=\"><script>").await.1.contains("data-theme"));
}

#[tokio::test]
async fn what_is_not_there_is_404_with_a_way_on() {
    let (response, html) = get("/projects/harbour-row/floor-9", "").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(html.contains("not on the plan") && html.contains("/projects/harbour-row/floor-9"));
    // A product that is not there: the page has its bar, and the id to quote.
    let (response, html) = get("/configure/none", "").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(html.matches("<main").count(), 1);
    assert!(html.contains("req-7F3A"));
}

#[tokio::test]
async fn filters_work_as_a_plain_form() {
    let (_, html) = get("/products?search=shale&category=kitchen&category=&minPrice=5", "").await;
    assert!(html.contains("Shale base cabinet") && !html.contains("/configure/p-desk"));
    let (_, html) = get("/products?search=zzz", "").await;
    assert!(html.contains("No product fits these filters") && html.contains("Show all products"));
}

#[tokio::test]
async fn signing_in_by_plain_form_sets_cookies_and_goes_on_inside_only() {
    for (next, to) in [("%2Fjobs", "/jobs"), ("https%3A%2F%2Fexample.com", "/"), ("%2F%2Fexample.com", "/")] {
        let (response, _) = post("/_fn/sign-in", &format!("email=a%40b.c&password=right+password&next={next}")).await;
        assert_eq!(response.status(), StatusCode::FOUND);
        assert_eq!(response.headers()[header::LOCATION], to);
        let cookies: Vec<_> = response.headers().get_all(header::SET_COOKIE).iter().map(|c| c.to_str().unwrap()).collect();
        assert_eq!(cookies.len(), 2, "{cookies:?}");
        assert!(cookies.iter().all(|c| c.contains("HttpOnly") && c.contains("Secure") && c.contains("SameSite=Lax")));
    }
}

#[tokio::test]
async fn a_refused_plain_form_comes_back_with_its_fields_but_never_the_password() {
    let (response, _) = post("/_fn/sign-in", "email=a%40b.c&password=hunter2hunter2&next=").await;
    assert_eq!(response.status(), StatusCode::FOUND);
    let back = response.headers()[header::LOCATION].to_str().unwrap().to_owned();
    assert!(back.contains("/auth/login?") && !back.contains("hunter2"), "{back}");
    assert_eq!(response.headers().get_all(header::SET_COOKIE).iter().count(), 0);
    let (_, html) = get(back.trim_start_matches("http://127.0.0.1"), "").await;
    assert!(html.contains("Address and password do not fit together.") && html.contains("value=\"a@b.c\"") && !html.contains("hunter2"));
}
