//! Documents for people: what a typesetter (typst) is given. Templates lie in `templates/`; words from data are set as they are, never read as markup.

use crate::figure::{self, Figure};
use crate::sheet::{self, Placed};
use crate::xlsx::Lists;
use crate::{DocumentError, qr};
use product::{BomLine, PartList};
use scene::Scene;
use serde::Serialize;

/// Files of one document; the first, `main.typ`, is the one to set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Name and content.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Paper {
    fn new(template: &str, data: &impl Serialize, figures: &[&Figure]) -> Result<Self, DocumentError> {
        let mut files = vec![
            ("main.typ".to_owned(), template.as_bytes().to_vec()),
            ("paper.typ".to_owned(), include_bytes!("../templates/paper.typ").to_vec()),
            ("data.json".to_owned(), serde_json::to_vec(data)?),
        ];
        files.extend(figures.iter().map(|f| (f.file.clone(), f.svg.clone().into_bytes())));
        Ok(Self { files })
    }
}

/// A label and what stands beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Label.
    pub label: String,
    /// Words or an amount.
    pub value: String,
}

impl Row {
    /// A row.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into() }
    }
}

/// One configuration on paper, for whoever buys it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Specification {
    /// Name of the product or of the configuration.
    pub title: String,
    /// Who offers it.
    pub organization: String,
    /// Below the title: product, SKU, edition.
    pub subtitle: String,
    /// Variant code.
    pub variant: String,
    /// Size, date.
    pub facts: Vec<Row>,
    /// Options and what was chosen.
    pub choices: Vec<Row>,
    /// How the price of one piece is made.
    pub lines: Vec<Row>,
    /// What is to pay; the last one is the sum.
    pub totals: Vec<Row>,
    /// Small print below the price.
    pub note: String,
    /// Address at which it can be opened.
    pub link: String,
}

/// Sets a specification: a picture (WebP) when there is one, a drawing with the outer sizes, choices and price.
///
/// # Errors
/// [`DocumentError`] when the link is too long for a code.
pub fn specification(words: &Specification, scene: &Scene, picture: Option<&[u8]>) -> Result<Paper, DocumentError> {
    #[derive(Serialize)]
    struct Data<'a> {
        #[serde(flatten)]
        words: &'a Specification,
        drawing: &'a Figure,
        picture: bool,
    }
    let room = if picture.is_some() { [84.0, 74.0] } else { [120.0, 86.0] };
    let drawing = figure::overall(scene, &words.title, "drawing.svg", room);
    let mut paper = Paper::new(include_str!("../templates/specification.typ"), &Data { words, drawing: &drawing, picture: picture.is_some() }, &[&drawing])?;
    paper.files.push(("code.svg".to_owned(), qr::svg(&words.link)?.into_bytes()));
    paper.files.extend(picture.map(|bytes| ("picture.webp".to_owned(), bytes.to_vec())));
    Ok(paper)
}

/// What stands at the head of a workshop's papers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Head {
    /// Name of the product.
    pub title: String,
    /// Whose.
    pub organization: String,
    /// SKU and edition.
    pub subtitle: String,
    /// Variant code.
    pub variant: String,
}

/// Sets an assembly sheet: the product taken apart with numbered parts, its list of parts, and three views to scale.
///
/// # Errors
/// [`DocumentError`].
pub fn assembly(words: &Head, parts: &PartList, scene: &Scene) -> Result<Paper, DocumentError> {
    #[derive(Serialize)]
    struct Part {
        quantity: u32,
        name: String,
        sku: String,
        material: String,
        size: String,
    }
    #[derive(Serialize)]
    struct Data<'a> {
        #[serde(flatten)]
        words: &'a Head,
        exploded: &'a Figure,
        views: &'a [Figure; 3],
        overall: &'a Figure,
        beside: bool,
        scale: f64,
        parts: Vec<Part>,
    }
    let lines = product::bom_parts(parts);
    let groups: Vec<Vec<usize>> = lines.iter().map(|(_, parts)| parts.clone()).collect();
    let exploded = figure::exploded(scene, &groups, (&words.title, "exploded.svg"), [174.0, 128.0]);
    let (scale, views) = figure::views(scene, [174.0, 200.0]);
    let [front, side, plan] = &views;
    let left = plan.width.max(front.width);
    // The fourth view stands beside the plan where there is room for it.
    let beside = left <= 106.0;
    let room = if beside { [side.width.clamp(64.0, 170.0 - left), plan.height.max(60.0)] } else { [120.0, 70.0] };
    let overall = figure::overall(scene, &words.title, "overall.svg", room);
    let part = |(line, members): &(BomLine, Vec<usize>)| Part {
        quantity: line.quantity,
        name: line.name.clone(),
        sku: line.sku.clone(),
        material: line.material.replace('_', " "),
        size: members.first().and_then(|i| parts.parts.get(*i)).map(|p| p.size_mm.map(figure::mm).join(" × ")).unwrap_or_default(),
    };
    let data = Data { words, exploded: &exploded, views: &views, overall: &overall, beside, scale, parts: lines.iter().map(part).collect() };
    Paper::new(include_str!("../templates/assembly.typ"), &data, &[&exploded, &overall, front, side, plan])
}

/// Letters of a variant code in a title block, at most: that of a wall has a thousand.
const CODE: usize = 90;

/// Sets a technical drawing on A3: four views with their sizes. `tell` hears the name of each view before it is drawn.
///
/// # Errors
/// [`DocumentError`].
pub fn technical(words: &Head, scene: &Scene, tell: impl FnMut(&'static str)) -> Result<Paper, DocumentError> {
    #[derive(Serialize)]
    struct Data<'a> {
        #[serde(flatten)]
        words: Head,
        size: String,
        scale: f64,
        views: &'a [Placed],
    }
    let (scale, views) = sheet::four_views(scene, &words.title, tell);
    let size = scene.bounds().map_or([0.0; 3], |(lo, hi)| [0, 1, 2].map(|k| f64::from(hi[k] - lo[k])));
    let mut words = words.clone();
    if words.variant.chars().count() > CODE {
        words.variant = words.variant.chars().take(CODE).chain(['…']).collect();
    }
    let data = Data { words, size: size.map(figure::mm).join(" × "), scale, views: &views };
    let figures: Vec<&Figure> = views.iter().map(|v| &v.figure).collect();
    Paper::new(include_str!("../templates/technical.typ"), &data, &figures)
}

/// Sets the lists of a workshop: bill of materials, edge banding, boards on sheets as they are sawn.
///
/// # Errors
/// [`DocumentError`].
pub fn lists(words: &Head, lists: &Lists<'_>) -> Result<Paper, DocumentError> {
    #[derive(Serialize)]
    struct Board {
        at: [f64; 2],
        size: [f64; 2],
        name: String,
        words: String,
    }
    #[derive(Serialize)]
    struct Plan {
        material: String,
        thickness: String,
        waste: String,
        too_large: Vec<String>,
        sheets: Vec<Vec<Board>>,
    }
    #[derive(Serialize)]
    struct Data<'a> {
        #[serde(flatten)]
        words: &'a Head,
        parts: Vec<[String; 9]>,
        edges: Vec<[String; 2]>,
        sheet: String,
        stock: [f64; 2],
        kerf: String,
        trim: String,
        plans: Vec<Plan>,
    }
    let part = |line: &BomLine| {
        let cut = |f: fn(&product::Cut) -> f64| line.cut.as_ref().map(|c| figure::mm(f(c))).unwrap_or_default();
        let (edges, grain) = line.cut.as_ref().map(|c| (c.edges.clone(), if c.grain == "none" { "any" } else { "lengthwise" })).unwrap_or_default();
        let material = line.material.replace('_', " ");
        let sizes = [cut(|c| c.length), cut(|c| c.width), cut(|c| c.thickness)];
        let [length, width, thickness] = sizes;
        [line.quantity.to_string(), line.sku.clone(), line.name.clone(), material, length, width, thickness, edges, grain.to_owned()]
    };
    let size = |[a, b]: [f64; 2]| format!("{} × {}", figure::mm(a), figure::mm(b));
    let board = |b: &product::Placed| Board { at: b.at, size: b.size, name: b.name.clone(), words: size(b.size) };
    let plan = |plan: &product::CuttingPlan| Plan {
        material: plan.material.replace('_', " "),
        thickness: figure::mm(plan.thickness),
        waste: format!("{:.0} %", plan.waste * 100.0),
        too_large: plan.too_large.iter().map(|(name, a, b)| format!("{name}, {}", size([*a, *b]))).collect(),
        sheets: plan.sheets.iter().map(|sheet| sheet.iter().map(board).collect()).collect(),
    };
    let stock = [lists.stock.length, lists.stock.width];
    let data = Data {
        words,
        parts: lists.bom.iter().map(part).collect(),
        edges: lists.edges.iter().map(|(tape, metres)| [tape.clone(), format!("{metres:.1}")]).collect(),
        sheet: size(stock),
        stock,
        kerf: figure::mm(lists.stock.kerf),
        trim: figure::mm(lists.stock.trim),
        plans: lists.plans.iter().map(plan).collect(),
    };
    Paper::new(include_str!("../templates/lists.typ"), &data, &[])
}
