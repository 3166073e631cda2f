//! Small tables that are read whole beside events: CSV as RFC 4180 has it.

use std::io::ErrorKind;
use std::path::Path;

use crate::failure::Failure;

/// The records of a file.
///
/// # Errors
/// A file that cannot be read, or is no text.
pub fn read_records(path: &Path) -> Result<Vec<Vec<String>>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let what = match error.kind() {
            ErrorKind::InvalidData => "it is no text in UTF-8; save it as CSV".to_owned(),
            _ => error.to_string(),
        };
        Failure::failed(format!("{}: {what}", path.display()))
    })?;
    Ok(records(&text))
}

/// The records of a text, each a list of cells; blank lines are none.
fn records(text: &str) -> Vec<Vec<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut records, mut record, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                cell.push('"');
                chars.next();
            }
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            ',' if !quoted => record.push(std::mem::take(&mut cell)),
            '\r' if !quoted && chars.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !record.is_empty() {
        record.push(cell);
        records.push(record);
    }
    records.retain(|record| *record != [""]);
    records
}

#[cfg(test)]
mod tests {
    use super::records;

    #[test]
    fn cells_may_hold_commas_quotes_and_lines() {
        let text = "\u{feff}a,b\r\n\"x, \"\"y\"\"\nz\",2\n\n,\nlast,";
        assert_eq!(
            records(text),
            [["a", "b"], ["x, \"y\"\nz", "2"], ["", ""], ["last", ""]]
        );
    }
}
