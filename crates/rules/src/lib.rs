//! The language of Perennial: project files and rule expressions, parsed, checked, explained and compiled.
//!
//! Text in, values out: this crate opens no file and knows no clock. A project's texts become a
//! [`Project`] (or a list of [`Diagnostic`]s, all of them at once), and a [`Project`] becomes a
//! [`Machine`], the compiled form that the engine folds with.
//! Where a rule of the language is decided: `expr/` (what may be written), `project/` (what a file
//! may hold), `compile/` (what it means to the engine).

pub mod compile;
pub mod diagnostic;
pub mod expr;
pub mod project;
pub mod suggest;
pub mod yaml;

pub use compile::Machine;
pub use diagnostic::{Diagnostic, Severity, Span};
pub use expr::{Expr, Rule};
pub use project::Project;
