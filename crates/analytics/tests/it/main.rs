//! The analyses, held against references written independently and against laws that they must keep.

mod activity;
mod attribution;
mod business;
mod calendar;
mod crowd;
mod dfg;
mod funnel;
mod funnel_laws;
mod journey;
mod kpis;
mod log;
mod opportunities;
mod paths;
mod regions;
mod retention;
mod sequence;
mod sessions;
mod staged;
mod summary;
mod tickets;
mod travelers;
