//! The catalogue, and configuring a product.

use super::located;
use crate::Api;
use crate::etag::{if_match, tagged};
use crate::input::{Anyone, Id, Json, Params, User};
use crate::problem::Answer;
use axum::extract::{Path, State};
use contract::{
    AppError, CheckDefinition, ConfigData, ConfigureRequest, ConfigureResponse, DefinitionCheck, DefinitionText, EditDefinition, EditedDefinition, ErrorKind,
    Page, ProductCard, ProductDetail, ProductQuery, Stock, Workshop, WorkshopRequest,
};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

/// Products: published ones of your workspace, or of the showcase for visitors.
#[utoipa::path(get, path = "/api/v1/products", tag = "products", security((), ("bearer" = [])),
    params(
        ("search" = Option<String>, Query, description = "Words, typo tolerant, or the beginning of a SKU."),
        ("category" = Option<String>, Query, description = "Category slugs, comma separated."),
        ("minPrice" = Option<String>, Query, description = "Lowest price in major units of the product's currency: 99.50."),
        ("maxPrice" = Option<String>, Query, description = "Highest price in major units of the product's currency."),
        ("inStockOnly" = Option<bool>, Query, description = "Only what is there."),
        ("configurable" = Option<bool>, Query, description = "Only configurable or only fixed ones."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Default 20."),
        ("cursor" = Option<String>, Query, description = "From next_cursor."),
    ),
    responses((status = 200, description = "A page.", body = Page<ProductCard>)))]
pub async fn list(State(api): State<Api>, Anyone(ctx): Anyone, params: Params, headers: HeaderMap) -> Answer {
    let page = params.page()?;
    let query = ProductQuery {
        search: params.text("search", 200)?,
        category: params.list("category"),
        min_price: params.money("minPrice")?,
        max_price: params.money("maxPrice")?,
        in_stock_only: params.flag("inStockOnly")?.unwrap_or(false),
        configurable: params.flag("configurable")?,
        limit: page.limit,
        cursor: page.cursor,
    };
    tagged(StatusCode::OK, &headers, None, &api.facade().products.list(&ctx, query).await?)
}

/// One product.
#[utoipa::path(get, path = "/api/v1/products/{id}", tag = "products", security((), ("bearer" = [])), params(("id" = String, Path, format = "uuid")), responses((status = 200, description = "The product.", body = ProductDetail)))]
pub async fn read(State(api): State<Api>, Anyone(ctx): Anyone, Id(id): Id, headers: HeaderMap) -> Answer {
    let product = api.facade().products.get(&ctx, &id).await?;
    tagged(StatusCode::OK, &headers, Some(product.revision), &product)
}

/// Make a draft from a product definition; every fault carries a pointer.
#[utoipa::path(post, path = "/api/v1/products", tag = "products", request_body = Object, responses((status = 201, description = "The draft.", body = ProductDetail)))]
pub async fn create(State(api): State<Api>, User(ctx): User, headers: HeaderMap, Json(definition): Json<Map<String, Value>>) -> Answer {
    let product = api.facade().products.create(&ctx, Value::Object(definition)).await?;
    Ok(located(tagged(StatusCode::CREATED, &headers, Some(product.revision), &product)?, &format!("/api/v1/products/{}", product.card.id)))
}

/// Change the draft.
#[utoipa::path(put, path = "/api/v1/products/{id}", tag = "products", params(("id" = String, Path, format = "uuid"), ("If-Match" = Option<String>, Header)), request_body = Object, responses((status = 200, description = "The draft.", body = ProductDetail)))]
pub async fn update(State(api): State<Api>, User(ctx): User, Id(id): Id, headers: HeaderMap, Json(definition): Json<Map<String, Value>>) -> Answer {
    let product = api.facade().products.update(&ctx, &id, Value::Object(definition), if_match(&headers)?).await?;
    tagged(StatusCode::OK, &HeaderMap::new(), Some(product.revision), &product)
}

/// Publish the draft as a new version.
#[utoipa::path(post, path = "/api/v1/products/{id}/publish", tag = "products", params(("id" = String, Path, format = "uuid"), ("If-Match" = Option<String>, Header)), responses((status = 200, description = "The published product.", body = ProductDetail)))]
pub async fn publish(State(api): State<Api>, User(ctx): User, Id(id): Id, headers: HeaderMap) -> Answer {
    let product = api.facade().products.publish(&ctx, &id, if_match(&headers)?).await?;
    tagged(StatusCode::OK, &HeaderMap::new(), Some(product.revision), &product)
}

/// The definition of a product, to be edited.
#[utoipa::path(get, path = "/api/v1/products/{id}/definition", tag = "products", params(("id" = String, Path, format = "uuid")), responses((status = 200, description = "The draft, as text.", body = DefinitionText)))]
pub async fn definition(State(api): State<Api>, User(ctx): User, Id(id): Id, headers: HeaderMap) -> Answer {
    let text = api.facade().products.definition(&ctx, &id).await?;
    tagged(StatusCode::OK, &headers, Some(text.revision), &text)
}

/// Look a definition through: faults with their lines, and what samples cost before and after. No side effect.
#[utoipa::path(post, path = "/api/v1/products/{id}/check", tag = "products", params(("id" = String, Path, format = "uuid")), request_body = CheckDefinition, responses((status = 200, description = "What was found.", body = DefinitionCheck)))]
pub async fn check(State(api): State<Api>, User(ctx): User, Id(id): Id, Json(request): Json<CheckDefinition>) -> Answer {
    tagged(StatusCode::OK, &HeaderMap::new(), None, &api.facade().products.check(&ctx, &id, request.text).await?)
}

/// The text of a definition with one value changed. No side effect.
#[utoipa::path(post, path = "/api/v1/definitions/edit", tag = "products", request_body = EditDefinition, responses((status = 200, description = "The new text.", body = EditedDefinition)))]
pub async fn edit(State(api): State<Api>, User(ctx): User, Json(request): Json<EditDefinition>) -> Answer {
    let text = api.facade().products.edit(&ctx, request).await?;
    tagged(StatusCode::OK, &HeaderMap::new(), None, &EditedDefinition { text })
}

/// Make a draft like this product's, under a model number and a name of its own.
#[utoipa::path(post, path = "/api/v1/products/{id}/copy", tag = "products", params(("id" = String, Path, format = "uuid")), responses((status = 201, description = "The draft.", body = ProductDetail)))]
pub async fn copy(State(api): State<Api>, User(ctx): User, Id(id): Id, headers: HeaderMap) -> Answer {
    let product = api.facade().products.copy(&ctx, &id).await?;
    Ok(located(tagged(StatusCode::CREATED, &headers, Some(product.revision), &product)?, &format!("/api/v1/products/{}", product.card.id)))
}

/// Evaluate choices: values, what is blocked and why, price, parts, bill of materials. No side effect.
#[utoipa::path(post, path = "/api/v1/products/{id}/configure", tag = "products", security((), ("bearer" = [])), params(("id" = String, Path, format = "uuid")), request_body = ConfigureRequest, responses((status = 200, description = "Valid or not, with reasons and repairs.", body = ConfigureResponse)))]
pub async fn configure(State(api): State<Api>, Anyone(ctx): Anyone, Id(id): Id, Json(request): Json<ConfigureRequest>) -> Answer {
    tagged(StatusCode::OK, &HeaderMap::new(), None, &api.facade().products.configure(&ctx, &id, request).await?)
}

/// Lists for a workshop: bill of materials, boards on sheets with every cut from edge to edge, edge banding. No side effect.
#[utoipa::path(post, path = "/api/v1/products/{id}/workshop", tag = "products", security((), ("bearer" = [])), params(("id" = String, Path, format = "uuid")), request_body = WorkshopRequest, responses((status = 200, description = "The lists.", body = Workshop)))]
pub async fn workshop(State(api): State<Api>, Anyone(ctx): Anyone, Id(id): Id, Json(request): Json<WorkshopRequest>) -> Answer {
    tagged(StatusCode::OK, &HeaderMap::new(), None, &api.facade().products.workshop(&ctx, &id, request).await?)
}

/// A line drawing of some choices (SVG, 4:3), as the configurator first shows them. `config_data`: choices as JSON.
#[utoipa::path(get, path = "/api/v1/products/{id}/drawing.svg", tag = "products", security((), ("bearer" = [])), params(("id" = String, Path, format = "uuid"), ("config_data" = Option<String>, Query)), responses((status = 200, description = "The drawing.", content_type = "image/svg+xml")))]
pub async fn drawing(State(api): State<Api>, Anyone(ctx): Anyone, Id(id): Id, params: Params) -> Answer {
    let choices = choices(&params)?;
    super::picture(api.facade().products.drawing(&ctx, &id, choices).await?, &params)
}

/// Choices in an address.
pub(super) fn choices(params: &Params) -> Result<ConfigData, AppError> {
    match params.text("config_data", 30_000).map_err(|_| malformed("config_data is too long."))? {
        Some(text) => serde_json::from_str(&text).map_err(|_| malformed("config_data is a JSON object.")),
        None => Ok(ConfigData::new()),
    }
}

fn malformed(words: &str) -> AppError {
    AppError::new(ErrorKind::Malformed, "malformed_query", words)
}

/// The lists as a spreadsheet (`lists.xlsx`) or on paper (`lists.pdf`), every board as DXF with its holes (`panels.zip`), or the assembly sheet with the product taken apart (`assembly.pdf`). `config_data`: choices as JSON.
#[utoipa::path(get, path = "/api/v1/products/{id}/workshop/{file}", tag = "products", security((), ("bearer" = [])), params(("id" = String, Path, format = "uuid"), ("file" = String, Path, description = "`lists.xlsx`, `lists.pdf`, `panels.zip` or `assembly.pdf`."), ("config_data" = Option<String>, Query), ("length" = Option<f64>, Query), ("width" = Option<f64>, Query), ("trim" = Option<f64>, Query), ("kerf" = Option<f64>, Query)), responses((status = 200, description = "The file.")))]
pub async fn workshop_file(State(api): State<Api>, Anyone(ctx): Anyone, Path((id, file)): Path<(String, String)>, params: Params) -> Answer {
    let mut stock = Stock::default();
    for (name, value) in [("length", &mut stock.length), ("width", &mut stock.width), ("trim", &mut stock.trim), ("kerf", &mut stock.kerf)] {
        if let Some(text) = params.text(name, 20)? {
            *value = text.parse().map_err(|_| malformed(&format!("{name} is a number of millimetres.")))?;
        }
    }
    let config_data = choices(&params)?;
    let id = crate::input::id(&id)?;
    let made = api.facade().products.workshop_file(&ctx, &id, WorkshopRequest { config_data, stock }, file).await?;
    super::download(made)
}
