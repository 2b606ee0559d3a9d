//! `/ar/{token}`: a model at its real size in the room of whoever has the link: Quick Look on iPhones and iPads, Scene Viewer on Android, this page itself
//! where the browser knows WebXR (headsets), a code for the phone everywhere else.

mod make;
mod stand;

use crate::frame::Frame;
use crate::json::data;
use crate::loading::{encode, loaded, signed_in};
use crate::server_fns;
use contract::RoomPage;
use leptos::{html, prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map};
use ui::{Button, Erase, Glyph, Icon, Kind, LinkButton, Size};
use wasm_bindgen::{JsCast, JsValue};

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// `/ar/make/{product}?choices`: makes the files, for people who may, and goes on to them.
    Make,
    /// `/ar/{token}`
    Seen,
}

/// A model on its way into a room.
#[lazy]
pub fn room_page(door: Door) -> AnyView {
    let params = use_params_map();
    match door {
        Door::Make => {
            let search = use_location().search;
            let product = move || params.with(|p| p.get("id").unwrap_or_default());
            view! {
                <Title text="In your room"/>
                <Frame>{signed_in(move |_| view! { <make::Make product=product() query=search.get_untracked()/> }.erase())}</Frame>
            }
            .erase()
        }
        Door::Seen => {
            let data = data(move || params.with(|p| p.get("token").unwrap_or_default()), server_fns::open_room);
            view! { <Frame>{loaded(data, move |page| view! { <InRoom page/> }.erase())}</Frame> }.erase()
        }
    }
}

/// What a device has for models in a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Device {
    /// Not asked yet: the server knows no device.
    #[default]
    Unknown,
    /// iPhone or iPad: Quick Look.
    Apple,
    /// Scene Viewer.
    Android,
    /// Nothing of the kind.
    None,
}

impl Device {
    fn of_device() -> Self {
        let get = |on: &JsValue, name: &str| js_sys::Reflect::get(on, &JsValue::from_str(name)).ok();
        let quick = document().create_element("a").ok().and_then(|a| {
            let list = get(&a, "relList")?;
            let supports: js_sys::Function = get(&list, "supports")?.dyn_into().ok()?;
            supports.call1(&list, &JsValue::from_str("ar")).ok()?.as_bool()
        });
        if quick == Some(true) {
            return Self::Apple;
        }
        let agent = window().navigator().user_agent().unwrap_or_default();
        if agent.contains("Android") { Self::Android } else { Self::None }
    }
}

/// Scene Viewer's address of a model: real size, opened in the room at once; without the app the page is shown again.
/// Source: Google, "Use Scene Viewer to display interactive 3D models in AR from an Android app or browser".
fn scene_viewer(glb: &str, title: &str, back: &str) -> String {
    format!(
        "intent://arvr.google.com/scene-viewer/1.2?file={}&mode=ar_preferred&resizable=false&title={}#Intent;scheme=https;package=com.google.android.googlequicksearchbox;\
         action=android.intent.action.VIEW;S.browser_fallback_url={};end;",
        part(glb),
        part(title),
        part(back)
    )
}

/// A part of such an address: nothing in it may be taken for its own signs.
fn part(text: &str) -> String {
    encode(text).replace('/', "%2F")
}

#[component]
fn InRoom(page: RoomPage) -> impl IntoView {
    let device = RwSignal::new(Device::default());
    let (here, busy) = (RwSignal::new(false), RwSignal::new(false));
    Effect::new(move |_| {
        spawn_local(async move {
            let can = stand::can().await;
            here.try_set(can);
            device.try_set(Device::of_device());
        });
    });
    let (canvas, overlay) = (NodeRef::<html::Canvas>::new(), NodeRef::<html::Div>::new());
    let model = format!("/files/{}/model.glb", page.token);
    let enter = Callback::new(move |()| {
        let (Some(canvas), Some(overlay), false) = (canvas.get_untracked(), overlay.get_untracked(), busy.get_untracked()) else { return };
        busy.set(true);
        let session = stand::stand(canvas, overlay, model.clone());
        spawn_local(async move {
            if let Err(words) = session.await {
                ui::toast(&words);
            }
            busy.try_set(false);
        });
    });
    // The server's half of the script alone: the browser has it with the document.
    #[cfg(feature = "ssr")]
    let script = include_str!("session.js");
    #[cfg(not(feature = "ssr"))]
    let script = "";
    let [w, d, h] = page.size_mm;
    let size = format!("{w:.0} × {d:.0} × {h:.0} mm");
    let code = format!("/files/{}/qr.svg", page.token);
    let picture = page.picture.clone();
    let alt = format!("{}, picture", page.name);
    let kept = StoredValue::new(page.clone());
    let action = move || {
        let page = kept.get_value();
        match (device.get(), page.usdz_url) {
            // Safari asks for a picture, and for nothing else, in such a link.
            (Device::Apple, Some(usdz)) => view! {
                <p><a class="btn" data-kind="main" data-size="l" rel="ar" href=format!("{usdz}#allowsContentScaling=0")><img src="/favicon.svg" alt="" width="20" height="20"/>"See it in your room"</a></p>
            }
            .erase(),
            (Device::Apple, None) => view! { <p class="notice" role="status">"This model has no file for iPhones yet. Ask whoever sent you the link to make it: the button In your room does."</p> }.erase(),
            (Device::Android, _) => {
                let back = window().location().href().unwrap_or_default();
                let beside = here.get().then(|| view! { <Button on_press=enter>"Show it here, without an app"</Button> });
                view! { <p class="ways"><a class="btn" data-kind="main" data-size="l" rel="external" href=scene_viewer(&page.glb_url, &page.name, &back)>"See it in your room"</a>{beside}</p> }.erase()
            }
            (Device::None, _) if here.get() => view! { <p><Button kind=Kind::Main size=Size::Large on_press=enter>"See it in your room"</Button></p><p class="muted">"Look at the floor; a tap or the trigger puts it down and picks it up."</p> }.erase(),
            (Device::Unknown, _) => ().erase(),
            (Device::None, _) => view! {
                <div class="qr"><img src=code.clone() alt="Code with the address of this page" width="220" height="220"/>
                    <p>"Point the camera of a phone or tablet at the code. The model stands in the room at its real size."</p></div>
            }
            .erase(),
        }
    };
    view! {
        <Title text=format!("{} in your room", page.name)/>
        <div class="room">
            {picture.map(|src| view! { <span class="pic"><img class=if src.ends_with(".svg") { "lineart" } else { "" } src=src alt=alt width="960" height="720"/></span> })}
            <div>
                <h1>{page.name.clone()}</h1>
                <p class="muted">{format!("By {}. {size}, at its real size.", page.organization)}</p>
                {action}
                <p class="muted files"><Icon glyph=Glyph::Download size="s"/><span><a class="link" href=page.glb_url.clone() download="model.glb" rel="external">"GLB"</a>
                    {page.usdz_url.clone().map(|url| view! { ", "<a class="link" href=url download="model.usdz" rel="external">"USDZ"</a> })}</span></p>
                <p><LinkButton href="/products">"Configure your own"</LinkButton></p>
            </div>
            <canvas class="around" node_ref=canvas aria-hidden="true"></canvas>
            // Above the camera's picture while the model stands in the room.
            <div class="overlay" node_ref=overlay hidden>
                <p role="status"></p>
                <p class="ways"><button type="button" class="btn" data-kind="second" data-size="l" name="turn">"Turn"</button><button type="button" class="btn" data-kind="second" data-size="l" name="leave">"Leave"</button></p>
            </div>
            <script nonce=leptos::nonce::use_nonce() inner_html=script></script>
        </div>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::scene_viewer;

    #[test]
    fn an_address_for_scene_viewer_carries_nothing_that_ends_it_early() {
        let address = scene_viewer("https://fitout.example/files/1/model.glb?a=b&c", "Desk; #1", "https://fitout.example/ar/1");
        assert!(
            address.starts_with(
                "intent://arvr.google.com/scene-viewer/1.2?file=https%3A%2F%2Ffitout.example%2Ffiles%2F1%2Fmodel.glb%3Fa%3Db%26c&mode=ar_preferred&"
            )
        );
        assert!(address.contains("&title=Desk%3B%20%231#Intent;scheme=https;"));
        assert_eq!(address.matches('#').count(), 1);
        assert!(address.ends_with("S.browser_fallback_url=https%3A%2F%2Ffitout.example%2Far%2F1;end;"));
    }
}
