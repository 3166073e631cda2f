//! The analyses, held against references written independently and against laws that they must keep.

mod activity;
mod calendar;
mod crowd;
mod funnel;
mod funnel_laws;
mod retention;
mod sessions;
