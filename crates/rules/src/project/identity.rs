//! Identity: which identifiers join touches to one customer, and which never do.

/// How identifiers are joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityRules {
    /// Kinds whose values join everything that shares one (aliases link user ids; e-mail and phone by choice).
    pub strong: Vec<IdentifierKind>,
    /// Values that never identify anybody, lower case (`null`, `undefined`, `0` ...), standard ones included.
    pub placeholders: Vec<String>,
    /// Most identifiers joined to one customer; links beyond are refused and recorded.
    pub max_identifiers: usize,
}

/// A kind of identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentifierKind {
    /// The signed-in user.
    User,
    /// The device or cookie.
    Anonymous,
    /// E-mail address, compared lower case and trimmed.
    Email,
    /// Phone number, compared by its digits and leading plus.
    Phone,
}
