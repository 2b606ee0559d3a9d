//! *Why not*: what cannot be, why, because of what, and what to do.

use crate::Erase;
use crate::{
    button::{Button, Kind},
    icon::Icon,
    icons::Glyph,
};
use leptos::{ev, prelude::*};

/// One of the choices that a conflict comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cause {
    /// Words (`Frame, standard`).
    pub label: String,
    /// Option that `on_cause` is called with.
    pub option: String,
}

/// A way out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepairOption {
    /// Words beginning with a verb (`Use the heavy frame, 2200 mm`).
    pub label: String,
    /// Price effect (`+$198.40`).
    pub delta: Option<String>,
}

/// The card, to stand directly under its control. Announced politely; Escape goes back.
#[component]
pub fn WhyNot(
    /// What cannot be (`2200 mm does not go with this frame`).
    #[prop(into)]
    title: String,
    /// The rule's message.
    #[prop(into)]
    reason: String,
    /// Smallest set of choices that conflict.
    #[prop(optional)]
    because: Vec<Cause>,
    /// Cheapest first.
    #[prop(optional)]
    repairs: Vec<RepairOption>,
    /// Words of the way back (`Stay at 1800`).
    #[prop(into)]
    back: String,
    /// Before the title.
    #[prop(default = Glyph::Ruler)]
    icon: Glyph,
    /// A cause was pressed: its option.
    #[prop(optional, into)]
    on_cause: Option<Callback<String>>,
    /// A repair was pressed: its index.
    #[prop(into)]
    on_repair: Callback<usize>,
    /// Back to what was.
    #[prop(into)]
    on_back: Callback<()>,
) -> impl IntoView {
    let said = format!("{title}. {reason}");
    let causes = because.len();
    view! {
        <section class="why" aria-label="Why not" on:keydown=move |ev: ev::KeyboardEvent| if ev.key() == "Escape" { ev.stop_propagation(); on_back.run(()) }>
            <p class="sr" role="status">{said}</p>
            <h4><Icon glyph=icon/>{title}</h4>
            <p class="reason">{reason}</p>
            {(causes > 0).then(|| view! {
                <div class="pair"><span>"Because of"</span>
                    {because.into_iter().enumerate().map(|(i, c)| {
                        let option = c.option;
                        view! {
                            {(i > 0).then(|| view! { <span>"with"</span> })}
                            <button type="button" on:click=move |_| if let Some(f) = on_cause { f.run(option.clone()) }>{c.label}</button>
                        }
                    }).collect_view()}
                </div>
            })}
            <div class="fix">
                {repairs.into_iter().take(3).enumerate().map(|(i, r)| {
                    let label = r.label;
                    let price = r.delta.map(|d| view! { <span class="num">{d}</span> });
                    if i == 0 {
                        view! { <span class="contents" data-repair="0"><RepairButton kind=Kind::Repair first=true on_press=move |()| on_repair.run(0)>{label}{price}</RepairButton></span> }.erase()
                    } else {
                        view! { <RepairButton kind=Kind::RepairLine on_press=move |()| on_repair.run(i)>{label}{price}</RepairButton> }.erase()
                    }
                }).collect_view()}
                <Button kind=Kind::RepairLine on_press=move |()| on_back.run(())>{back}</Button>
            </div>
        </section>
    }
    .erase()
}

/// Label left, price right; the first over the full width.
#[component]
fn RepairButton(children: crate::Kids, kind: Kind, #[prop(optional)] first: bool, #[prop(into)] on_press: Callback<()>) -> impl IntoView {
    view! { <button type="button" class="btn" data-kind=kind.as_str() data-first=first.then_some("") on:click=move |_| on_press.run(())>{children.run()}</button> }
}
