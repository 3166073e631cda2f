//! What must hold of any bytes that are read as NDJSON.

use super::rows;

/// See [`rows::check`]; and there are as many rows as lines that are not blank.
pub fn check(data: &[u8]) {
    let packed = [&[0x1f, 0x8b][..], b"BZ", b"PK", &[0x28, 0xb5, 0x2f, 0xfd]];
    let is_text = !packed.iter().any(|magic| data.starts_with(magic));
    if let Some(rows) = rows::check("a.ndjson", data)
        && is_text
    {
        let data = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data);
        let lines = data.split(|&byte| byte == b'\n');
        let lines = lines.filter(|line| !line.trim_ascii().is_empty()).count() as u64;
        assert_eq!(rows, lines, "rows and lines that are not blank");
    }
}
