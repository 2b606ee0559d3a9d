//! Addresses and the page behind each. Every page is a lazy chunk with its data inside, and every route has the same three types: a type of the
//! router's own is code in the module that every visitor loads.

#[cfg(not(feature = "ssr"))]
use crate::pages::missing;
use crate::pages::{admin, admin::Room, auth, auth::Door, configure, embed, home, products, room, saved, share, workshop};
use leptos::{prelude::*, tachys::view::iterators::StaticVec};
use leptos_router::{ChooseView, NestedRoute, PartialPathMatch, PathSegment, PossibleRouteMatch, SsrMode};
use std::{future::Future, pin::Pin};

/// A page that is fetched when it is first wanted.
#[derive(Clone, Copy)]
pub struct LazyPage(fn() -> Pin<Box<dyn Future<Output = AnyView>>>);

impl ChooseView for LazyPage {
    async fn choose(self) -> AnyView {
        (self.0)().await
    }
    async fn preload(&self) {}
}

/// Segments of a path; `:name` stands for any one segment, a last `*` for all that is left.
#[derive(Clone, Copy, Debug)]
pub struct Path(&'static str);

impl Path {
    fn segments(self) -> impl Iterator<Item = &'static str> {
        self.0.split('/').filter(|s| !s.is_empty())
    }
}

impl PossibleRouteMatch for Path {
    fn optional(&self) -> bool {
        false
    }

    fn test<'a>(&self, path: &'a str) -> Option<PartialPathMatch<'a>> {
        let mut params = Vec::new();
        let mut rest = path;
        for wanted in self.segments() {
            if wanted == "*" {
                rest = "";
                break;
            }
            let after = rest.strip_prefix('/').unwrap_or(rest);
            let end = after.find('/').unwrap_or(after.len());
            let (here, behind) = after.split_at(end);
            match wanted.strip_prefix(':') {
                Some(name) if !here.is_empty() => params.push((name.into(), here.to_owned())),
                None if here == wanted => {}
                _ => return None,
            }
            rest = behind;
        }
        Some(PartialPathMatch::new(rest, params, &path[..path.len() - rest.len()]))
    }

    fn generate_path(&self, path: &mut Vec<PathSegment>) {
        path.extend(self.segments().map(|s| match s.strip_prefix(':') {
            Some(name) => PathSegment::Param(name.into()),
            None => PathSegment::Static(s.into()),
        }));
    }
}

/// One route.
pub type SiteRoute = NestedRoute<Path, (), (), LazyPage>;

/// Address => the lazy function behind it, then the names of lazy functions that it calls at once.
macro_rules! table {
    ($made_into:ident) => {
        $made_into! {
            "/" => home::home_page(),
            "/products" => products::products_page(),
            "/configure/:id" => configure::configure_page() + "view_chunk",
            "/c/:token" => share::share_page() + "view_chunk",
            "/embed/:id" => embed::embed_page() + "view_chunk",
            "/ar/make/:id" => room::room_page(room::Door::Make),
            "/ar/:token" => room::room_page(room::Door::Seen),
            "/workshop/:id" => workshop::workshop_page(),
            "/saved" => saved::saved_page(saved::Room::List),
            "/saved/compare" => saved::saved_page(saved::Room::Compare),
            "/saved/:id" => saved::saved_page(saved::Room::One),
            "/jobs" => admin::admin_page(Room::Jobs),
            "/admin/products" => admin::admin_page(Room::Products),
            "/admin/products/:id" => admin::admin_page(Room::Definition),
            "/admin/prices" => admin::admin_page(Room::Prices),
            "/admin/prices/:id" => admin::admin_page(Room::PriceList),
            "/admin/assets" => admin::admin_page(Room::Assets),
            "/admin/assets/:id" => admin::admin_page(Room::Asset),
            "/admin/embeds" => admin::admin_page(Room::Embeds),
            "/admin/leads" => admin::admin_page(Room::Leads),
            "/admin/users" => admin::admin_page(Room::Users),
            "/admin/audit" => admin::admin_page(Room::Audit),
            "/admin/outbox" => admin::admin_page(Room::Outbox),
            "/auth/login" => auth::auth_page(Door::Login),
            "/auth/signup" => auth::auth_page(Door::Signup),
            "/auth/forgot" => auth::auth_page(Door::Forgot),
            "/auth/reset" => auth::auth_page(Door::Reset),
            "/auth/invite" => auth::auth_page(Door::Invite),
        }
    };
}

macro_rules! routes {
    ($($path:literal => $module:ident::$page:ident($($room:expr)?) $(+ $more:literal)*),* $(,)?) => {
        vec![$(NestedRoute::new(Path($path), LazyPage(|| Box::pin($module::$page($($room)?)))).ssr_mode(SsrMode::Async)),*]
    };
}

/// Every route of the site.
#[must_use]
pub fn routes() -> StaticVec<SiteRoute> {
    let list = table!(routes);
    // The server answers unknown addresses by its fallback; in the browser the page for them is a chunk like the others.
    #[cfg(not(feature = "ssr"))]
    let list = {
        let mut list = list;
        list.extend(routes! { "/*" => missing::missing_page() });
        list
    };
    StaticVec::from(list)
}

/// Names of the lazy functions that the page at an address is made of; for an unknown address those of the page that says so.
#[cfg(feature = "ssr")]
#[must_use]
pub fn parts(address: &str) -> &'static [&'static str] {
    macro_rules! find {
        ($($path:literal => $module:ident::$page:ident($($room:expr)?) $(+ $more:literal)*),* $(,)?) => {
            [$((Path($path), &[stringify!($page), $($more),*] as &[_])),*].into_iter().find(|(path, _)| path.test(address).is_some_and(|hit| hit.is_complete()))
        };
    }
    table!(find).map_or(&["missing_page"], |(_, parts)| parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pattern: &'static str, path: &str) -> Option<Vec<(String, String)>> {
        let hit = Path(pattern).test(path)?;
        hit.is_complete().then(|| hit.params().into_iter().map(|(k, v)| (k.into_owned(), v)).collect())
    }

    #[test]
    fn a_path_matches_itself_whole_and_names_its_parameters() {
        assert_eq!(params("/", "/"), Some(vec![]));
        assert_eq!(params("/products", "/products/"), Some(vec![]));
        assert_eq!(params("/configure/:id", "/configure/7"), Some(vec![("id".into(), "7".into())]));
        for (pattern, path) in
            [("/", "/products"), ("/products", "/product"), ("/products", "/products/7"), ("/configure/:id", "/configure"), ("/c/:token", "/c/")]
        {
            assert_eq!(params(pattern, path), None, "{pattern} {path}");
        }
        assert_eq!(params("/*", "/a/b"), Some(vec![]));
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn an_address_names_what_its_page_loads() {
        assert_eq!(parts("/"), ["home_page"]);
        assert_eq!(parts("/configure/7"), ["configure_page", "view_chunk"]);
        assert_eq!(parts("/auth/login"), ["auth_page"]);
        assert_eq!(parts("/nowhere/at/all"), ["missing_page"]);
    }
}
