//! What is wrong with a rule, and where in its text: errors, warnings and their codes.

use std::ops::Range;

use crate::{Diagnostic, Severity, Span};

/// One complaint about one place of a rule's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExprError {
    /// A stable code, one of [`code`]; its first letter says whether it is an error or a warning.
    pub code: &'static str,
    /// What is wrong, in one line without a full stop.
    pub message: String,
    /// Where, in bytes of the rule's text.
    pub bytes: Range<usize>,
    /// What stands there, shown under the excerpt.
    pub label: String,
    /// The way out.
    pub help: Option<String>,
}

/// The codes of complaints about rules.
pub mod code {
    /// The text cannot be read as an expression.
    pub const SYNTAX: &str = "E0201";
    /// A parenthesis without its partner.
    pub const PARENTHESIS: &str = "E0202";
    /// A text or a name in backticks that is never closed.
    pub const UNCLOSED: &str = "E0203";
    /// A sign that the language does not have.
    pub const FOREIGN_SIGN: &str = "E0204";
    /// A piece of SQL that the language does not have.
    pub const FOREIGN_SQL: &str = "E0205";
    /// Double quotes.
    pub const DOUBLE_QUOTES: &str = "E0206";
    /// A number that cannot be held.
    pub const NUMBER: &str = "E0207";
    /// Wrong arguments of a function.
    pub const ARGUMENTS: &str = "E0208";
    /// Nothing where a rule is needed.
    pub const EMPTY: &str = "E0209";
    /// Something other than a literal where only literals may stand.
    pub const NOT_LITERAL: &str = "E0210";

    /// No function of that name.
    pub const UNKNOWN_FUNCTION: &str = "E0220";
    /// No touchpoint of that name.
    pub const UNKNOWN_POINT: &str = "E0221";
    /// A touchpoint without that measure.
    pub const UNKNOWN_MEASURE: &str = "E0222";
    /// No lifecycle of that name.
    pub const UNKNOWN_LIFECYCLE: &str = "E0223";
    /// No stage of that name.
    pub const UNKNOWN_STAGE: &str = "E0224";
    /// No segment of that name.
    pub const UNKNOWN_SEGMENT: &str = "E0225";
    /// A lifecycle must be named here.
    pub const NO_LIFECYCLE: &str = "E0226";
    /// Something that cannot be asked at this place.
    pub const OUT_OF_PLACE: &str = "E0227";
    /// A touchpoint where a figure over its touches is needed.
    pub const BARE_POINT: &str = "E0228";
    /// No column of that name.
    pub const UNKNOWN_COLUMN: &str = "E0229";

    /// A value where a condition is needed.
    pub const NOT_A_CONDITION: &str = "E0240";
    /// Two sides of different types.
    pub const MISMATCH: &str = "E0241";
    /// A comparison with null.
    pub const NULL_COMPARED: &str = "E0242";
    /// More or less of something that has no order.
    pub const NO_ORDER: &str = "E0243";
    /// A moving time where it may not stand.
    pub const MOVING: &str = "E0244";
    /// An interest where it may not stand.
    pub const INTENT: &str = "E0245";
    /// Arithmetic on something that is not a number.
    pub const ARITHMETIC: &str = "E0246";

    /// More bytes than a rule may have.
    pub const TOO_LONG: &str = "E0260";
    /// More parts than a rule may have.
    pub const TOO_MANY: &str = "E0261";
    /// Deeper nesting than a rule may have.
    pub const TOO_DEEP: &str = "E0262";
    /// A longer time than a rule may name.
    pub const SPAN_TOO_LONG: &str = "E0263";

    /// It can never hold.
    pub const NEVER: &str = "W0280";
    /// It always holds.
    pub const ALWAYS: &str = "W0281";
    /// It holds for one millisecond only.
    pub const EXACT_MOMENT: &str = "W0282";
    /// No trait of that name is declared.
    pub const UNKNOWN_TRAIT: &str = "W0283";
    /// A trait is meant where a touchpoint has the same name.
    pub const POINT_AS_TRAIT: &str = "W0284";
}

impl ExprError {
    /// A complaint at a place.
    pub fn new(
        code: &'static str,
        bytes: Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Self {
        Self {
            code,
            message: message.into(),
            bytes,
            label: label.into(),
            help: None,
        }
    }

    /// The same with a way out.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether it is an error or a warning.
    pub fn severity(&self) -> Severity {
        if self.code.starts_with('W') {
            Severity::Warning
        } else {
            Severity::Error
        }
    }

    /// The same as a complaint about a file, where the rule's text stands at `text`.
    ///
    /// A text that YAML wrote with escapes or folded lines is longer in the file than here, so places
    /// are held within it.
    pub fn in_file(self, text: &Span) -> Diagnostic {
        let place =
            |byte: usize| (text.bytes.start + byte).min(text.bytes.end.max(text.bytes.start));
        let span = Span {
            file: text.file,
            bytes: place(self.bytes.start)..place(self.bytes.end),
        };
        let severity = self.severity();
        Diagnostic {
            code: self.code,
            severity,
            message: self.message,
            span,
            label: self.label,
            help: self.help,
        }
    }
}
