//! `/workshop/{product}?choices`: parts, boards on sheets, edge banding of one configuration; to print, or as tables. Works without script.

mod sheet;
mod table;

use crate::frame::{Frame, Nav};
use crate::json::data;
use crate::loading::loaded;
use crate::pages::configure::choices::{guess, pairs};
use crate::server_fns::workshop_lists;
use contract::{PlanOut, Stock, Workshop, WorkshopRequest};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map};
use ui::{Button, Erase, Fact, Glyph, Kind, LinkButton, TitleBlock, Units, format_length};

/// What the form about sheets adds to a configuration's link, with the least and the most. No option has a dot in its name.
const SHEETS: [(&str, f64, f64); 4] =
    [("sheet.length", 300.0, 10_000.0), ("sheet.width", 300.0, 10_000.0), ("sheet.trim", 0.0, 100.0), ("sheet.kerf", 0.0, 20.0)];

/// The lists of the configuration in the address.
#[lazy]
pub fn workshop_page() -> AnyView {
    let params = use_params_map();
    let search = use_location().search;
    let id = Memo::new(move |_| params.with(|p| p.get("id").unwrap_or_default()));
    let asked = Memo::new(move |_| (id.get(), search.get()));
    let lists = data(move || asked.get(), |(id, search)| workshop_lists(id, request(&search)));
    view! {
        <Frame nav=Nav::Products>
            <div class="page workshop">{loaded(lists, move |lists| { let (id, search) = asked.get_untracked(); view! { <Lists lists id search/> }.erase() })}</div>
        </Frame>
    }
    .erase()
}

/// Choices and sheets out of an address.
fn request(search: &str) -> WorkshopRequest {
    let mut stock = Stock::default();
    let places = [&mut stock.length, &mut stock.width, &mut stock.trim, &mut stock.kerf];
    for ((name, least, most), place) in SHEETS.into_iter().zip(places) {
        let asked = pairs(search).into_iter().find(|(n, _)| n == name).and_then(|(_, text)| ui::decimal_number(&text));
        // The form's fields hold these limits; an address may hold anything.
        *place = asked.unwrap_or(*place).clamp(least, most);
    }
    WorkshopRequest { config_data: guess(&choices(search)), stock }
}

/// The configuration's own part of an address.
fn choices(search: &str) -> String {
    let own = search
        .trim_start_matches('?')
        .split('&')
        .filter(|p| !p.is_empty() && !SHEETS.iter().any(|(s, _, _)| p.strip_prefix(s).is_some_and(|r| r.starts_with('='))));
    own.collect::<Vec<_>>().join("&")
}

/// `pale_oak` → `Pale oak`.
fn words(name: &str) -> String {
    crate::pages::configure::category_word(&name.replace('_', "-"))
}

fn mm(length: f64) -> String {
    format_length(length, Units::Mm)
}

#[component]
fn Lists(lists: Workshop, id: String, search: String) -> impl IntoView {
    let own = choices(&search);
    let back = if own.is_empty() { format!("/configure/{id}") } else { format!("/configure/{id}?{own}") };
    let [w, d, h] = lists.bounding_box_mm;
    let (sheets, boards) = lists.plans.iter().fold((0, 0), |(s, b), p| (s + p.sheets.len(), b + p.sheets.iter().map(Vec::len).sum::<usize>()));
    let facts = vec![
        Fact::new("Variant", lists.variant_code.clone()),
        Fact::new("Outer size, mm", format!("{} × {} × {}", mm(w), mm(d), mm(h))),
        Fact::new("Parts", lists.bom.iter().map(|l| l.quantity).sum::<u32>().to_string()),
        Fact::new("Boards", format!("{boards} on {sheets} sheets")),
    ];
    let (parts, cuts) = (table::parts(&lists.bom), table::cuts(&lists.bom));
    let file = |what: &str| format!("{}-{what}.csv", lists.sku);
    let has_boards = lists.bom.iter().any(|l| l.cut.is_some());
    let made = {
        let asked = request(&search);
        let choices = serde_json::to_string(&asked.config_data).unwrap_or_default();
        let Stock { length, width, trim, kerf } = asked.stock;
        let query = format!("config_data={}&length={length}&width={width}&trim={trim}&kerf={kerf}", crate::loading::encode(&choices));
        let id = id.clone();
        move |what: &str| format!("/api/v1/products/{id}/workshop/{what}?{query}")
    };
    view! {
        <Title text=format!("{}, workshop", lists.name)/>
        <header class="ph">
            <div><h1>{lists.name.clone()}</h1><p class="muted">"Parts, boards on sheets and edge banding of this configuration."</p></div>
            <div class="flex flex-wrap gap-2 no-print">
                <a class="btn" data-kind="second" download=file("parts") href=table::link(&parts)><ui::Icon glyph=Glyph::Download/>"Parts, CSV"</a>
                <a class="btn" data-kind="second" download=file("cut-list") href=table::link(&cuts)><ui::Icon glyph=Glyph::Download/>"Cut list, CSV"</a>
                <a class="btn" data-kind="second" download="" href=made("lists.xlsx")><ui::Icon glyph=Glyph::Download/>"All lists, Excel"</a>
                <a class="btn" data-kind="second" download="" href=made("lists.pdf")><ui::Icon glyph=Glyph::Download/>"All lists, PDF"</a>
                {has_boards.then(|| view! { <a class="btn" data-kind="second" download="" href=made("panels.zip")><ui::Icon glyph=Glyph::Download/>"Boards, DXF"</a> })}
                <a class="btn" data-kind="second" download="" href=made("assembly.pdf")><ui::Icon glyph=Glyph::Download/>"Assembly sheet, PDF"</a>
                <Button kind=Kind::Second icon=Glyph::FileText on_press=move |()| { let _ = window().print(); }>"Print"</Button>
                <LinkButton kind=Kind::Main href=back>"Back to the product"</LinkButton>
            </div>
        </header>
        <div class="nb"><TitleBlock facts/></div>
        <section>
            <div class="sh"><h2>"Bill of materials"</h2><span class="lab">{format!("{} lines", lists.bom.len())}</span></div>
            <div class="scroll" tabindex="0" role="region" aria-label="Bill of materials">
            <table class="t" data-compact="">
                <thead><tr><th class="r">"Pcs"</th><th>"Article"</th><th>"Part"</th><th>"Material"</th><th class="r">"Length"</th><th class="r">"Width"</th><th class="r">"Thick"</th><th>"Edges"</th><th>"Grain"</th></tr></thead>
                <tbody>{lists.bom.iter().map(|l| {
                    let size = |f: fn(&contract::CutOut) -> f64| l.cut.as_ref().map(|c| mm(f(c))).unwrap_or_default();
                    view! {
                        <tr><td class="r num">{l.quantity}</td><td class="dim nowrap">{l.sku.clone()}</td><td class="nm">{l.name.clone()}</td><td>{words(&l.material)}</td>
                        <td class="r num">{size(|c| c.length)}</td><td class="r num">{size(|c| c.width)}</td><td class="r num">{size(|c| c.thickness)}</td>
                        <td class="muted">{l.cut.as_ref().map(|c| c.edges.clone())}</td><td class="muted">{l.cut.as_ref().map(|c| if c.grain == "none" { "any" } else { "lengthwise" })}</td></tr>
                    }
                }).collect_view()}</tbody>
            </table>
            </div>
        </section>
        {(!lists.edges.is_empty()).then(|| view! {
            <section>
                <div class="sh"><h2>"Edge banding"</h2><span class="lab">"Without allowance"</span></div>
                <table class="t" data-compact=""><tbody>{lists.edges.iter().map(|e| view! { <tr><td>{e.tape.clone()}</td><td class="r num">{format!("{:.1} m", e.metres)}</td></tr> }).collect_view()}</tbody></table>
            </section>
        })}
        <section>
            <div class="sh"><h2>"Boards on sheets"</h2><span class="lab">"Every cut runs from edge to edge"</span></div>
            <Sheets stock=lists.stock own/>
            {lists.plans.into_iter().map(|plan| view! { <Plan plan stock=lists.stock/> }).collect_view()}
        </section>
    }
}

/// Sizes of the sheets, as a form that works without script.
#[component]
fn Sheets(stock: Stock, own: String) -> impl IntoView {
    let field = |label: &'static str, (name, least, most): (&'static str, f64, f64), value: f64| {
        view! { <label class="measure"><span class="lab">{label}</span><input class="field num" type="number" name=name min=least max=most step="0.1" required value=mm(value)/></label> }
    };
    view! {
        <form method="get" class="sheets no-print" aria-label="Sheets">
            {pairs(&own).into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()}
            {field("Sheet length, mm", SHEETS[0], stock.length)}
            {field("Width", SHEETS[1], stock.width)}
            {field("Trim", SHEETS[2], stock.trim)}
            {field("Saw cut", SHEETS[3], stock.kerf)}
            <Button kind=Kind::Second submit=true>"Lay out again"</Button>
        </form>
    }
    .erase()
}

#[component]
fn Plan(plan: PlanOut, stock: Stock) -> impl IntoView {
    let count = plan.sheets.len();
    let title = format!("{}, {} mm", words(&plan.material), mm(plan.thickness));
    let note = match count {
        0 => "no sheet".to_owned(),
        1 => format!("1 sheet, {:.0} % left over", plan.waste * 100.0),
        n => format!("{n} sheets, {:.0} % left over", plan.waste * 100.0),
    };
    view! {
        <div class="plan">
            <h3>{title.clone()}<span class="lab">{note}</span></h3>
            {(!plan.too_large.is_empty()).then(|| {
                let list: Vec<String> = plan.too_large.iter().map(|b| format!("{} ({} × {})", b.name, mm(b.size[0]), mm(b.size[1]))).collect();
                view! { <p class="notice"><ui::Icon glyph=Glyph::TriangleAlert/><span>{format!("Larger than a sheet: {}.", list.join(", "))}</span></p> }
            })}
            <div class="drawings">
                {plan.sheets.iter().enumerate().map(|(i, boards)| {
                    let label = format!("{title}, sheet {} of {count}: {} boards", i + 1, boards.len());
                    view! { <figure><div role="img" aria-label=label inner_html=sheet::drawing(boards, &stock)></div><figcaption class="lab">{format!("Sheet {}", i + 1)}</figcaption></figure> }
                }).collect_view()}
            </div>
        </div>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::{choices, request, words};
    use contract::Stock;

    #[test]
    fn an_address_holds_choices_and_sheets() {
        let asked = request("?width=900&sheet.length=2500&sheet.kerf=3.2&front=oak");
        assert_eq!(asked.stock, Stock { length: 2500.0, kerf: 3.2, ..Stock::default() });
        assert_eq!(serde_json::to_value(&asked.config_data).expect("JSON"), serde_json::json!({ "width": 900, "front": "oak" }));
        assert_eq!(choices("?width=900&sheet.length=2500&front=oak"), "width=900&front=oak");
        assert_eq!(request("sheet.width=wide&sheet.length=5").stock, Stock { length: 300.0, ..Stock::default() });
        assert_eq!(words("pale_stone"), "Pale stone");
    }
}
