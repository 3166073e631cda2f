//! Why: explanations.
