//! Pictures of products: the rendered ones once they are there, until then those that come with the site, by model number.

use contract::ProductCard;
use leptos::prelude::*;
use ui::Erase;
use ui::Poster;

fn bundled(sku: &str) -> Option<&'static str> {
    let root = sku.split('-').next().unwrap_or(sku);
    Some(match root {
        "DESK" => "desk",
        "CAB" => "cabinet",
        "WALL" => "storage",
        "SOFA" => "sofa",
        "HOOD" => "hood",
        "FIRE" => "fireplace",
        "BOOTH" => "booth",
        _ => return None,
    })
}

/// Soft-lit picture and line drawing, always from one camera.
#[must_use]
pub fn pair(sku: &str, thumbnail: Option<&str>, drawing: Option<&str>) -> (Option<String>, Option<String>) {
    if let Some(thumbnail) = thumbnail {
        return (Some(thumbnail.to_owned()), drawing.map(ToOwned::to_owned));
    }
    match bundled(sku) {
        Some(name) => (Some(format!("/img/{name}.webp")), Some(format!("/img/{name}-line.webp"))),
        None => (None, drawing.map(ToOwned::to_owned)),
    }
}

/// Both pictures of a product; the name stands beside them, so they carry no words.
#[component]
pub fn ProductPicture(
    /// Product.
    card: ProductCard,
    /// In the first view.
    #[prop(optional)]
    eager: bool,
) -> impl IntoView {
    let (solid, drawing) = pair(&card.sku, card.thumbnail_url.as_deref(), card.drawing_url.as_deref());
    match (solid, drawing) {
        (Some(solid), Some(drawing)) => view! { <Poster solid drawing eager/> }.erase(),
        (Some(solid), None) => view! { <Poster solid eager/> }.erase(),
        (None, Some(drawing)) => view! { <Poster drawing eager/> }.erase(),
        (None, None) => view! { <span class="poster"></span> }.erase(),
    }
}

#[cfg(test)]
mod tests {
    use super::pair;

    #[test]
    fn both_pictures_are_of_one_camera() {
        assert_eq!(pair("DESK-HA", None, None), (Some("/img/desk.webp".into()), Some("/img/desk-line.webp".into())));
        assert_eq!(pair("DESK-HA", Some("/files/a/t.webp"), None), (Some("/files/a/t.webp".into()), None));
        assert_eq!(pair("LAMP", None, None), (None, None));
    }
}
