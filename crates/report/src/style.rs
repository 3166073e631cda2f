//! How the page looks: one sheet for both themes, narrow pages and paper, and the policy that allows it alone.

/// What the page may do: show this very sheet, and nothing else. A test holds the hash to the sheet.
pub const POLICY: &str = "default-src 'none'; style-src 'sha256-7Jbondn6BJXUexF67zzUJr9Mi0BIUe/F2QrNtUbqPRU='; base-uri 'none'; form-action 'none'";

/// The style sheet.
pub(crate) const STYLE: &str = include_str!("style.css");
