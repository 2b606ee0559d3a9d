//! A sheet with its boards, as a drawing.

use super::mm;
use contract::{BoardOut, Stock};
use std::fmt::Write;
use ui::escape;

/// Millimetres of a sheet below which a side has no room for its figure.
const FIGURE: f64 = 150.0;

/// SVG of a sheet: its outline, the boards with their sizes, and what is left over hatched.
pub fn drawing(boards: &[BoardOut], stock: &Stock) -> String {
    let (w, h) = (stock.length, stock.width);
    let mut svg = format!("<svg viewBox=\"-12 -12 {} {}\" aria-hidden=\"true\"><rect class=\"sheet\" width=\"{w}\" height=\"{h}\"/>", w + 24.0, h + 24.0);
    for board in boards {
        let ([x, y], [bw, bh]) = (board.at, board.size);
        // The sheet's first corner is the lower left one, as it lies on the saw.
        let top = h - y - bh;
        let _ = write!(svg, "<g><title>{}</title><rect class=\"board\" x=\"{x}\" y=\"{top}\" width=\"{bw}\" height=\"{bh}\"/>", escape(&board.name));
        if bw >= FIGURE {
            let _ = write!(svg, "<text x=\"{}\" y=\"{}\">{}</text>", x + bw / 2.0, top + 52.0_f64.min(bh / 2.0 + 16.0), mm(bw));
        }
        if bh >= FIGURE && bw >= 70.0 {
            let (tx, ty) = (x + 46.0_f64.min(bw / 2.0 + 16.0), top + bh / 2.0);
            let _ = write!(svg, "<text x=\"{tx}\" y=\"{ty}\" transform=\"rotate(-90 {tx} {ty})\">{}</text>", mm(bh));
        }
        if bw >= 330.0 && bh >= FIGURE {
            let _ = write!(svg, "<text class=\"what\" x=\"{}\" y=\"{}\">{}</text>", x + bw / 2.0, top + bh / 2.0 + 16.0, escape(&board.name));
        }
        svg.push_str("</g>");
    }
    svg.push_str("</svg>");
    svg
}

#[cfg(test)]
mod tests {
    use super::drawing;
    use contract::{BoardOut, Stock};

    #[test]
    fn boards_lie_where_the_saw_cuts_them_and_words_are_escaped() {
        let board = |name: &str, at, size| BoardOut { sku: String::new(), name: name.into(), at, size };
        let svg = drawing(&[board("Side <left>", [10.0, 10.0], [600.0, 400.0]), board("Lath", [10.0, 414.0], [100.0, 40.0])], &Stock::default());
        assert!(svg.contains("x=\"10\" y=\"1660\" width=\"600\" height=\"400\""), "{svg}");
        assert!(svg.contains("Side &lt;left&gt;") && svg.contains(">600<") && svg.contains(">400<"));
        assert!(!svg.contains(">100<"), "too small for its figures");
    }
}
