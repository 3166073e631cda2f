//! What `doctor` looks at: each check says how it stands, and the way out where it does not stand well.

pub mod folder;
mod forecast;
pub mod machine;
pub mod server;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Nothing is wrong.
    Ok,
    /// It works, but will not always.
    Warning,
    /// It does not work, or not safely.
    Problem,
}

impl Status {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// A check that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub what: &'static str,
    /// How it stands.
    pub status: Status,
    /// What was found.
    pub found: String,
    /// What to do about it; nothing where all is well.
    pub way_out: Option<String>,
}

impl Check {
    /// All is well.
    pub fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self {
            what,
            status: Status::Ok,
            found: found.into(),
            way_out: None,
        }
    }

    /// It works, but will not always.
    pub fn warning(what: &'static str, found: impl Into<String>, way_out: &str) -> Self {
        Self {
            status: Status::Warning,
            way_out: Some(way_out.to_owned()),
            ..Self::ok(what, found)
        }
    }

    /// It does not work.
    pub fn problem(what: &'static str, found: impl Into<String>, way_out: &str) -> Self {
        Self {
            status: Status::Problem,
            ..Self::warning(what, found, way_out)
        }
    }
}
