//! The routes, each with its entry in the OpenAPI description.

pub mod admin;
pub mod assets;
pub mod auth;
pub mod configurations;
pub mod docs;
pub mod embeds;
pub mod events;
pub mod files;
pub mod health;
pub mod jobs;
pub mod prices;
pub mod products;

use crate::input::Params;
use crate::problem::{self, Answer, ApiError, Problem};
use crate::{Api, ApiConfig, idempotency};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{any, get};
use contract::AppError;
use facade::Download;
use http::{HeaderName, HeaderValue, StatusCode, header};
use utoipa::Modify;
use utoipa::OpenApi as _;
use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, ContentBuilder, Object, OpenApi, Ref, ResponseBuilder, ServerBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// A file made for this request, to be kept by whoever asked.
fn download(file: Download) -> Answer {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", file.name)).map_err(|_| AppError::internal())?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(file.content_type)),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ];
    Ok((headers, file.data).into_response())
}

/// A picture to show in a page. It may be kept for long when its address says of which version it is.
fn picture(file: Download, params: &Params) -> Answer {
    let age = if params.text("version", 20)?.is_some() { "private, max-age=86400" } else { "private, max-age=60" };
    let headers = [(header::CONTENT_TYPE, file.content_type), (header::CACHE_CONTROL, age)].map(|(name, value)| (name, HeaderValue::from_static(value)));
    Ok((headers, file.data).into_response())
}

/// Every route of the door, without layers.
pub(crate) fn all(api: &Api) -> Router {
    let (described, _) = described().split_for_parts();
    described
        .route("/docs", get(docs::page))
        .route("/docs/embed", get(docs::embed))
        .route("/docs/docs.css", get(docs::style))
        .route("/docs/docs.js", get(docs::script))
        .route("/api", any(not_found))
        .route("/api/{*rest}", any(not_found))
        .method_not_allowed_fallback(method_not_allowed)
        // The size of bodies is looked at further out, by route.
        .layer(DefaultBodyLimit::disable())
        .route_layer(from_fn_with_state(api.clone(), idempotency::layer))
        .with_state(api.clone())
}

fn described() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(auth::register))
        .routes(routes!(auth::login))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::logout))
        .routes(routes!(auth::switch))
        .routes(routes!(auth::forgot_password))
        .routes(routes!(auth::reset_password))
        .routes(routes!(auth::accept_invite))
        .routes(routes!(auth::me))
        .routes(routes!(products::list, products::create))
        .routes(routes!(products::read, products::update))
        .routes(routes!(products::publish))
        .routes(routes!(products::definition))
        .routes(routes!(products::check))
        .routes(routes!(products::edit))
        .routes(routes!(products::copy))
        .routes(routes!(products::configure))
        .routes(routes!(products::workshop))
        .routes(routes!(products::workshop_file))
        .routes(routes!(products::drawing))
        .routes(routes!(configurations::list, configurations::create))
        .routes(routes!(configurations::read, configurations::change, configurations::delete))
        .routes(routes!(configurations::folders))
        .routes(routes!(configurations::share, configurations::revoke_share))
        .routes(routes!(configurations::renew))
        .routes(routes!(configurations::fork))
        .routes(routes!(configurations::difference))
        .routes(routes!(configurations::specification))
        .routes(routes!(configurations::shared_specification))
        .routes(routes!(configurations::shared_drawing))
        .routes(routes!(jobs::list, jobs::create))
        .routes(routes!(jobs::figures))
        .routes(routes!(jobs::read))
        .routes(routes!(jobs::cancel))
        .routes(routes!(jobs::again))
        .routes(routes!(admin::members))
        .routes(routes!(admin::change_member, admin::remove_member))
        .routes(routes!(admin::invite))
        .routes(routes!(admin::audit))
        .routes(routes!(admin::audit_verify))
        .routes(routes!(admin::outbox))
        .routes(routes!(admin::outbox_file))
        .routes(routes!(embeds::list, embeds::create))
        .routes(routes!(embeds::read, embeds::change, embeds::delete))
        .routes(routes!(embeds::token))
        .routes(routes!(embeds::check))
        .routes(routes!(embeds::poster))
        .routes(routes!(embeds::drawing))
        .routes(routes!(embeds::used))
        .routes(routes!(embeds::leads, embeds::ask))
        .routes(routes!(prices::list, prices::create))
        .routes(routes!(prices::trial))
        .routes(routes!(prices::read, prices::change, prices::delete))
        .routes(routes!(assets::list, assets::upload))
        .routes(routes!(assets::read, assets::change, assets::delete))
        .routes(routes!(events::sse))
        .routes(routes!(events::ws))
        .routes(routes!(files::read))
        .routes(routes!(health::health))
        .routes(routes!(health::metrics))
        .routes(routes!(docs::openapi_json))
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Fitout", description = "Products, configurations and exact models. Errors are problem+json (RFC 9457); reads carry an ETag; changes honour If-Match; POSTs that create honour Idempotency-Key."),
    components(schemas(Problem)),
    modifiers(&Security),
    tags(
        (name = "accounts", description = "Signing up, in and out."),
        (name = "products", description = "The catalogue, and configuring a product."),
        (name = "configurations", description = "Saved configurations and their links."),
        (name = "jobs", description = "Exact models and pictures."),
        (name = "embeds", description = "Configurators on other sites, and the people who ask there."),
        (name = "prices", description = "Price lists: whose, when, in which currency, with volume breaks and rounding."),
        (name = "assets", description = "Uploaded models and pictures: checked, made small, drawn."),
        (name = "live", description = "What happens, as it happens."),
        (name = "files", description = "Models and pictures at permanent addresses."),
        (name = "administration", description = "People, audit log, mails."),
        (name = "service", description = "The server itself."),
    )
)]
struct Description;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut OpenApi) {
        let components = openapi.components.get_or_insert_with(|| ComponentsBuilder::new().build());
        components.add_security_scheme("bearer", SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build()));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(facade::cookies::ACCESS))));
    }
}

/// The description of every route, with the refusals that all share.
#[must_use]
pub fn openapi(config: &ApiConfig) -> OpenApi {
    let mut openapi = described().into_openapi();
    openapi.info.version.clone_from(&config.version);
    openapi.servers = Some(vec![ServerBuilder::new().url(&config.public_url).build()]);
    let problem = || {
        ResponseBuilder::new()
            .description("Refused")
            .content(problem::CONTENT_TYPE, ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build())
            .build()
    };
    for (path, item) in &mut openapi.paths.paths {
        if let (Some(post), true) = (&mut item.post, idempotency::HONOURED.iter().any(|(route, _)| route == path)) {
            let key = ParameterBuilder::new()
                .name("Idempotency-Key")
                .parameter_in(ParameterIn::Header)
                .description(Some("A repeated request gets the first answer."));
            post.parameters.get_or_insert_default().push(key.schema(Some(Object::with_type(Type::String))).build().into());
        }
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            operation.responses.responses.entry("default".to_owned()).or_insert_with(|| problem().into());
            // Handlers are named within their file; names of operations are unique in the whole.
            if let (Some(tag), Some(id)) = (operation.tags.as_ref().and_then(|t| t.first()), &operation.operation_id) {
                operation.operation_id = Some(format!("{tag}_{id}"));
            }
            if operation.security.is_none() {
                operation.security =
                    Some(vec![SecurityRequirement::new("bearer", Vec::<String>::new()), SecurityRequirement::new("cookie", Vec::<String>::new())]);
            }
        }
    }
    openapi
}

async fn not_found() -> ApiError {
    problem::plain(StatusCode::NOT_FOUND)
}

async fn method_not_allowed() -> ApiError {
    problem::plain(StatusCode::METHOD_NOT_ALLOWED)
}

/// `Location` of what was made.
pub(crate) fn located(mut response: axum::response::Response, path: &str) -> axum::response::Response {
    if let Ok(value) = HeaderValue::from_str(path) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

/// Answers that hold secrets or state of the moment.
pub(crate) const NO_STORE: (HeaderName, HeaderValue) = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
