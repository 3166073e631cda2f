//! What can be asked of a workspace. Answers are JSON in the shapes of docs/http.md.

use perennial_model::Time;

/// Who is meant: a customer id or any identifier of hers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Her customer id, or else any identifier of that spelling.
    Any(String),
    /// An identifier of one kind: `user`, `anonymous`, `email` or `phone`.
    Of {
        /// The kind's word.
        kind: String,
        /// The identifier.
        id: String,
    },
}

/// A question, or a command that changes something.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// The profile: identifiers, traits, consents, standings, segments, intent, value.
    Customer(Whose),
    /// Her touches and moves, latest first.
    History {
        /// Whose.
        who: Whose,
        /// Most lines.
        limit: usize,
        /// Only lines before this one, as the last answer's `next` says.
        before: Option<u64>,
    },
    /// Where she stands and why, and what is missing for her next stages.
    Explain {
        /// Whose.
        who: Whose,
        /// When; now where it is not said.
        at: Option<Time>,
    },
    /// How many customers are in each stage.
    Stages {
        /// The lifecycle; the first where it is not said.
        lifecycle: Option<String>,
        /// When; now where it is not said.
        at: Option<Time>,
    },
    /// Who moves from where to where.
    Transitions {
        /// The lifecycle; the first where it is not said.
        lifecycle: Option<String>,
        /// Only moves from then on.
        from: Option<Time>,
        /// Only moves before.
        to: Option<Time>,
    },
    /// The segments with how many are in each.
    Segments,
    /// The members of a segment, by customer id.
    Members {
        /// The segment.
        segment: String,
        /// Only ids after this one.
        after: Option<String>,
        /// Most ids.
        limit: usize,
    },
    /// The message ids of stored events, in the order of the log.
    EventIds {
        /// Only events from this position on.
        from: u64,
        /// Most ids.
        limit: usize,
    },
    /// Refused events, latest first.
    Failed {
        /// Only with this code.
        code: Option<String>,
        /// Only whose original holds this text.
        search: Option<String>,
        /// Most events.
        limit: usize,
        /// Only events before this position.
        before: Option<u64>,
    },
    /// Writes the tables of `perennial run`, as of now, to a folder.
    Tables(std::path::PathBuf),
    /// Counters: events, duplicates, failed, customers.
    Stats,
    /// Publishes new rules: customers are folded again in the background.
    Apply {
        /// Name and text of each project file.
        files: Vec<(String, String)>,
        /// Only say who would move.
        plan: bool,
    },
    /// The rules in force and how far a change of them has come.
    Rules,
    /// Puts everything that is known on the shelf.
    Save,
    /// Builds everything that is derived from the log anew.
    Rebuild,
    /// Everything known of a customer.
    Export(Whose),
    /// Erases a customer: her lines leave the log, and what came of them.
    Erase(Whose),
    /// Takes no more events of a customer from now on.
    Suppress(Whose),
    /// Takes events of a customer again.
    Unsuppress(Whose),
}
