//! The lists as CSV, for spreadsheets and saws.

use super::mm;
use contract::BomLineOut;

/// All lines of the bill of materials.
pub fn parts(bom: &[BomLineOut]) -> String {
    let head = ["quantity", "unit", "article", "part", "material"].map(str::to_owned).to_vec();
    csv(std::iter::once(head).chain(bom.iter().map(|l| vec![l.quantity.to_string(), l.unit.clone(), l.sku.clone(), l.name.clone(), l.material.clone()])))
}

/// Boards alone, in the columns that optimisers of panel saws read.
pub fn cuts(bom: &[BomLineOut]) -> String {
    let head = ["article", "part", "material", "length_mm", "width_mm", "thickness_mm", "quantity", "edges", "grain"].map(str::to_owned).to_vec();
    let boards = bom.iter().filter_map(|l| l.cut.as_ref().map(|c| (l, c)));
    csv(std::iter::once(head).chain(boards.map(|(l, c)| {
        let sizes = [c.length, c.width, c.thickness].map(mm);
        let [length, width, thickness] = sizes;
        vec![l.sku.clone(), l.name.clone(), l.material.clone(), length, width, thickness, l.quantity.to_string(), c.edges.clone(), c.grain.clone()]
    })))
}

/// RFC 4180. A cell that a spreadsheet would take for a formula begins with an apostrophe.
fn csv(rows: impl Iterator<Item = Vec<String>>) -> String {
    let cell = |text: &String| {
        let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.clone() };
        if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
    };
    rows.fold(String::new(), |mut out, row| {
        out.push_str(&row.iter().map(cell).collect::<Vec<_>>().join(","));
        out.push_str("\r\n");
        out
    })
}

/// An address that holds a table itself; a spreadsheet learns from the first bytes that it is UTF-8.
pub fn link(csv: &str) -> String {
    format!("data:text/csv;charset=utf-8,%EF%BB%BF{}", crate::loading::encode(csv))
}

#[cfg(test)]
mod tests {
    use super::{cuts, link, parts};
    use contract::{BomLineOut, CutOut};

    #[test]
    fn tables_survive_commas_quotes_and_formulas() {
        let cut = CutOut { length: 720.5, width: 560.0, thickness: 18.0, edges: "ABS 1 mm, front".into(), grain: "length".into() };
        let line = |name: &str, cut| BomLineOut { sku: "S-1".into(), name: name.into(), quantity: 2, unit: "pcs".into(), material: "oak".into(), cut };
        let bom = [line("Side", Some(cut)), line("=2+3 \"x\"", None)];
        assert_eq!(parts(&bom), "quantity,unit,article,part,material\r\n2,pcs,S-1,Side,oak\r\n2,pcs,S-1,\"'=2+3 \"\"x\"\"\",oak\r\n");
        assert_eq!(
            cuts(&bom),
            "article,part,material,length_mm,width_mm,thickness_mm,quantity,edges,grain\r\nS-1,Side,oak,720.5,560,18,2,\"ABS 1 mm, front\",length\r\n"
        );
        assert!(link("a,b\r\n").ends_with("%EF%BB%BFa%2Cb%0D%0A"));
    }
}
