//! Type erasure at half the price.
//!
//! Leptos' own [`IntoAny`] compiles every view's hydration twice for the browser: once in one go, once able to stop for chunks of code that are still on
//! their way. Only routes need the second (their chunks are there before a page is asked for its view), so everything inside a page is erased here.
//! Measured on this application: a quarter of all code.

use leptos::{
    children::{ChildrenOptContainer, ToChildren},
    prelude::*,
    tachys::view::RenderHtml,
};
use std::sync::Arc;

/// Turns any view into one type.
pub trait Erase {
    /// The view as an [`AnyView`].
    fn erase(self) -> AnyView;
}

#[cfg(not(feature = "hydrate"))]
impl<T: RenderHtml + Send> Erase for T {
    fn erase(self) -> AnyView {
        self.into_any()
    }
}

#[cfg(feature = "hydrate")]
impl<T: RenderHtml + Send> Erase for T {
    fn erase(self) -> AnyView {
        at_once::AtOnce(self).into_any()
    }
}

/// What stands between the tags of a component, erased the same way.
pub struct Kids(Box<dyn FnOnce() -> AnyView + Send>);

impl Kids {
    /// The view.
    #[must_use]
    pub fn run(self) -> AnyView {
        (self.0)()
    }
}

impl<F: FnOnce() -> C + Send + 'static, C: RenderHtml + Send + 'static> ToChildren<F> for Kids {
    fn to_children(f: F) -> Self {
        Self(Box::new(move || f().erase()))
    }
}

impl<T: RenderHtml + Send + 'static> ToChildren<ChildrenOptContainer<T>> for Kids {
    fn to_children(t: ChildrenOptContainer<T>) -> Self {
        Self(Box::new(move || t.0.erase()))
    }
}

/// The same, for what is shown more than once.
#[derive(Clone)]
pub struct KidsFn(Arc<dyn Fn() -> AnyView + Send + Sync>);

impl KidsFn {
    /// The view.
    #[must_use]
    pub fn run(&self) -> AnyView {
        (self.0)()
    }
}

impl<F: Fn() -> C + Send + Sync + 'static, C: RenderHtml + Send + 'static> ToChildren<F> for KidsFn {
    fn to_children(f: F) -> Self {
        Self(Arc::new(move || f().erase()))
    }
}

#[cfg(feature = "hydrate")]
mod at_once {
    use leptos::attr::{Attribute, any_attribute::AnyAttribute};
    use leptos::tachys::{
        hydration::Cursor,
        ssr::StreamBuilder,
        view::{Position, PositionState, Render, RenderHtml, add_attr::AddAnyAttr},
    };

    /// A view whose asynchronous hydration is the one in one go (the trait's default).
    pub struct AtOnce<T>(pub T);

    impl<T: Render> Render for AtOnce<T> {
        type State = T::State;
        fn build(self) -> Self::State {
            self.0.build()
        }
        fn rebuild(self, state: &mut Self::State) {
            self.0.rebuild(state);
        }
    }

    impl<T: RenderHtml> AddAnyAttr for AtOnce<T> {
        type Output<A: Attribute> = AtOnce<T::Output<A>>;
        fn add_any_attr<A: Attribute>(self, attr: A) -> Self::Output<A>
        where
            Self::Output<A>: RenderHtml,
        {
            AtOnce(self.0.add_any_attr(attr))
        }
    }

    impl<T: RenderHtml> RenderHtml for AtOnce<T> {
        type AsyncOutput = T::AsyncOutput;
        type Owned = AtOnce<T::Owned>;
        const MIN_LENGTH: usize = T::MIN_LENGTH;
        const EXISTS: bool = T::EXISTS;

        fn dry_resolve(&mut self) {
            self.0.dry_resolve();
        }
        async fn resolve(self) -> Self::AsyncOutput {
            self.0.resolve().await
        }
        fn to_html_with_buf(self, buf: &mut String, position: &mut Position, escape: bool, mark_branches: bool, extra_attrs: Vec<AnyAttribute>) {
            self.0.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
        }
        fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
            self,
            buf: &mut StreamBuilder,
            position: &mut Position,
            escape: bool,
            mark_branches: bool,
            extra_attrs: Vec<AnyAttribute>,
        ) {
            self.0.to_html_async_with_buf::<OUT_OF_ORDER>(buf, position, escape, mark_branches, extra_attrs);
        }
        // Called from two places of the erased view's table, and kept once.
        #[inline(never)]
        fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Self::State {
            self.0.hydrate::<FROM_SERVER>(cursor, position)
        }
        fn into_owned(self) -> Self::Owned {
            AtOnce(self.0.into_owned())
        }
    }
}
