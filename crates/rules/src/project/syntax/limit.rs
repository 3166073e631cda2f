//! How much of everything a project may hold.

/// Most characters of a name.
pub const NAME_CHARS: usize = 64;
/// Most characters of any other text.
pub const TEXT_CHARS: usize = 10_000;
/// Most lifecycles.
pub const LIFECYCLES: usize = 64;
/// Most stages of a lifecycle.
pub const STAGES: usize = 64;
/// Most clauses of a stage.
pub const CLAUSES: usize = 64;
/// Most segments.
pub const SEGMENTS: usize = 1_000;
/// Most touchpoints, standard ones included.
pub const TOUCHPOINTS: usize = 1_000;
/// Most sources.
pub const SOURCES: usize = 256;
/// Most items of any other list or map.
pub const ITEMS: usize = 1_000;
