//! Tables of `benches/forecast/reference.py`: rows of numbers, the first cell possibly a name.

/// The rows below the header, cell by cell.
pub fn rows(text: &str) -> Vec<Vec<&str>> {
    let rows: Vec<Vec<&str>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect())
        .collect();
    assert!(rows.len() > 50, "the table cannot be read");
    rows
}

/// A cell as a number.
pub fn number(cell: &str) -> f64 {
    cell.parse().expect("a number")
}

/// Whether two numbers are the same but for `share` of the larger, or of 1.
pub fn near(found: f64, exact: f64, share: f64) -> bool {
    (found - exact).abs() <= share * exact.abs().max(1.0)
}
