//! Writes what came out of a scenario back into its text.

use std::collections::HashMap;

use super::words::{Parts, cut};
use super::{LineReport, Report};

/// Which right-hand sides are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blessing {
    /// Those that are missing.
    Missing,
    /// Those that are missing, and in place of those that came out otherwise what did come out.
    All,
}

/// The text of a scenario with what came out of it. Lines in a row that say what customers do get
/// their arrows, and their comments, in one column each; all other lines stay as they are.
pub fn bless(text: &str, report: &Report, blessing: Blessing) -> String {
    let reports: HashMap<usize, &LineReport> =
        report.lines.iter().map(|line| (line.line, line)).collect();
    let mut out = String::with_capacity(text.len());
    let mut block: Vec<Blessed<'_>> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let written = reports.get(&number).zip(cut(line));
        if let Some((report, parts)) = written {
            block.push(Blessed::new(line, parts, report, blessing));
            continue;
        }
        write_block(&mut block, &mut out);
        out.push_str(line);
        out.push('\n');
    }
    write_block(&mut block, &mut out);
    out
}

/// A line with its right-hand side.
struct Blessed<'t> {
    left: &'t str,
    right: &'t str,
    comment: Option<&'t str>,
}

impl<'t> Blessed<'t> {
    fn new(line: &'t str, parts: Parts<'t>, report: &'t LineReport, blessing: Blessing) -> Self {
        let indent = line.len() - line.trim_start().len();
        let right = match parts.right {
            Some(right) if report.ok || blessing == Blessing::Missing => right,
            _ => &report.got,
        };
        Self {
            left: &line[..indent + parts.left.len()],
            right,
            comment: parts.comment,
        }
    }
}

/// Writes lines that stand in a row, and empties the block.
fn write_block(block: &mut Vec<Blessed<'_>>, out: &mut String) {
    let width = |text: &str| text.chars().count();
    let arrow = block.iter().map(|line| width(line.left)).max().unwrap_or(0);
    let comment = block
        .iter()
        .map(|line| width(line.right))
        .max()
        .unwrap_or(0);
    for line in block.drain(..) {
        out.push_str(&format!("{:arrow$}  -> ", line.left));
        match line.comment {
            Some(text) => out.push_str(&format!("{:comment$}  {text}", line.right)),
            None => out.push_str(line.right),
        }
        out.push('\n');
    }
}
